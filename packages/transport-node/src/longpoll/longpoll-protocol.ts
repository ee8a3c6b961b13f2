import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Codec, ConfigError } from "@kreuz/codec";
import type { AddressCounts } from "../server/address-counts.js";
import type { Arrival } from "../server/accepted-socket.js";
import { Flusher } from "../output/flusher.js";
import { answer, answerJson, pathOf } from "../server/http-answers.js";
import { LongPollConnection } from "./longpoll-connection.js";
import type { LongPollOptions } from "./longpoll-options.js";
import type { OriginPolicy } from "../server/origin-policy.js";
import { describePeer } from "../connection/peer-address.js";
import { readBody } from "../server/read-body.js";
import type { Shared } from "../server/listener-context.js";
import {
  negotiate,
  plainNames,
  type Subprotocol,
  type SubprotocolTable,
  subprotocolTable,
} from "../connection/subprotocol.js";
import { wholeNumber } from "../connection/transport-settings.js";

/** A list of protocols is short. */
const MAX_OPEN_BYTES = 4096;

/** {@link LongPollOptions} and what the other HTTP endpoints share with it. */
export interface LongPollSideOptions extends LongPollOptions {
  readonly codecs: readonly Codec[];
  readonly allows: OriginPolicy;
}

/** The server's side of long-poll: from HTTP requests to connections (spec: "HTTP Longpoll Transport"). */
export class LongPollSide {
  readonly #shared: Shared;
  readonly #perAddress: AddressCounts;
  readonly #parts: LongPollSideOptions;
  readonly #base: string;
  readonly #subprotocols: SubprotocolTable;
  readonly #limits: { readonly receiveTimeout: number; readonly sessionTimeout: number };
  readonly #flusher = new Flusher();
  readonly #connections = new Map<string, LongPollConnection>();

  constructor(shared: Shared, perAddress: AddressCounts, parts: LongPollSideOptions) {
    this.#shared = shared;
    this.#perAddress = perAddress;
    this.#parts = parts;
    this.#base = `${(parts.path ?? "/longpoll").replace(/\/$/, "")}/`;
    if (!/^\/[^\s?#]+\/$/.test(this.#base))
      throw new ConfigError("longPoll.path", `expected a path such as /longpoll, got "${parts.path}"`);
    this.#subprotocols = subprotocolTable(parts.codecs);
    this.#limits = {
      receiveTimeout: wholeNumber("longPoll.receiveTimeout", parts.receiveTimeout, 10_000),
      sessionTimeout: wholeNumber("longPoll.sessionTimeout", parts.sessionTimeout, 30_000),
    };
  }

  serves(path: string): boolean {
    return path.startsWith(this.#base);
  }

  onRequest(request: IncomingMessage, response: ServerResponse, arrival: Arrival): void {
    const { origin, host } = request.headers;
    if (!this.#parts.allows({ origin, host, peer: arrival.peer?.address })) {
      this.#shared.settings.onLimit("origin");
      return answer(response, 403, `origin ${origin ?? ""} is not allowed here`);
    }
    if (origin !== undefined) allowOrigin(response, origin);
    if (request.method === "OPTIONS" && origin !== undefined) return answer(response, 204);
    if (request.method !== "POST") {
      response.setHeader("Allow", "POST");
      return answer(response, 405, "long-poll is done by POST alone");
    }
    const [id = "", action, ...more] = pathOf(request).slice(this.#base.length).split("/");
    if (id === "open" && action === undefined) return this.#onOpen(request, response, arrival);
    const connection = more.length === 0 ? this.#connections.get(id) : undefined;
    if (connection === undefined) return answer(response, 404, "no such transport");
    this.#onAction(connection, action, request, response);
  }

  #onAction(
    connection: LongPollConnection,
    action: string | undefined,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const done = this.#parts.strictStatus === true ? 202 : 204;
    switch (action) {
      case "receive":
        request.resume();
        return connection.onReceive(response);
      case "send":
        return connection.onSend(request, response, done);
      case "close":
        request.resume();
        connection.onPeerClose();
        return answer(response, done);
      default:
        return answer(response, 404, "nothing here: long-poll has open, receive, send and close");
    }
  }

  #onOpen(request: IncomingMessage, response: ServerResponse, arrival: Arrival): void {
    readBody(request, MAX_OPEN_BYTES, (body) => {
      if (body === "aborted") return;
      const protocols = body === "too-large" ? undefined : protocolsOf(body);
      if (protocols === undefined) return answer(response, 400, 'expected {"protocols": ["wamp.2.json", …]}');
      const subprotocol = negotiate(this.#subprotocols, protocols);
      if (subprotocol === undefined)
        return answer(response, 400, `no protocol in common: ${plainNames(this.#subprotocols)} supported`);
      this.#open(subprotocol, response, arrival);
    });
  }

  #open(subprotocol: Subprotocol, response: ServerResponse, { peer, tls, evidence }: Arrival): void {
    const { acceptor, open, settings } = this.#shared;
    if (open.closing) return answer(response, 503, "the server is shutting down");
    if (open.full) {
      settings.onLimit("connections");
      return answer(response, 503, `all ${open.max} connections are taken`);
    }
    // Apart from the sockets of that address, which come and go.
    const giveBack = this.#perAddress.take(peer && `longpoll ${peer.address}`);
    if (giveBack === undefined) {
      settings.onLimit("connections-per-address");
      return answer(response, 429, "too many connections from this address");
    }
    const id = randomBytes(18).toString("base64url");
    const certificate = evidence?.certificate;
    const connection = new LongPollConnection({
      subprotocol,
      peer: describePeer(peer),
      tls,
      // Of this request's channel only the certificate says anything about requests to come.
      evidence: certificate && { certificate },
      ...this.#limits,
      flusher: this.#flusher,
      settings,
      onGone: () => {
        this.#connections.delete(id);
        giveBack();
        open.delete(connection);
      },
    });
    this.#connections.set(id, connection);
    open.add(connection);
    answerJson(response, { protocol: subprotocol.name, transport: id });
    connection.admit(acceptor);
  }
}

function protocolsOf(body: Buffer): readonly string[] | undefined {
  try {
    const { protocols } = JSON.parse(body.toString()) as { readonly protocols?: unknown };
    return Array.isArray(protocols) ? protocols.filter((name) => typeof name === "string") : undefined;
  } catch {
    return undefined;
  }
}

/** Lets the page of an origin that may be here read the answer. Clients send their requests with credentials. */
function allowOrigin(response: ServerResponse, origin: string): void {
  response.setHeader("Access-Control-Allow-Origin", origin);
  response.setHeader("Access-Control-Allow-Credentials", "true");
  response.setHeader("Access-Control-Allow-Headers", "Content-Type");
  response.setHeader("Access-Control-Allow-Methods", "POST");
  response.setHeader("Vary", "Origin");
}
