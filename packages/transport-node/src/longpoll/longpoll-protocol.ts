import type { IncomingMessage, ServerResponse } from "node:http";
import { type Codec, ConfigError } from "@kreuz/codec";
import {
  listSubprotocols,
  negotiate,
  type Subprotocol,
  type SubprotocolTable,
  subprotocolTable,
} from "../connection/subprotocol.js";
import { positiveInteger } from "../connection/transport-settings.js";
import { Flusher } from "../output/flusher.js";
import type { AcceptedSocket, ListenerContext } from "../server/accepted-socket.js";
import type { AddressCounts } from "../server/connection-limits.js";
import { pathOf, readBody, sendJson, sendText } from "../server/http-messages.js";
import type { OriginPolicy } from "../server/origin-policy.js";
import { LongPollConnection } from "./longpoll-connection.js";

/** WAMP over HTTP long-poll. */
export interface LongPollOptions {
  /** Path of the endpoint; `<path>/open` opens a session. Default `/longpoll`. */
  readonly path?: string;
  /** How long a request for messages stays open without one, in milliseconds. Default 10 000. */
  readonly receiveTimeout?: number;
  /** How long a client may go without asking for messages before its session ends, in milliseconds. Default 30 000. */
  readonly sessionTimeout?: number;
  /**
   * Answers `send` and `close` with 202, the number in the specification. Default `false`: 204, which is what the text
   * beside that number says ("no content") and what clients expect.
   */
  readonly strictStatus?: boolean;
}

/** What a {@link LongPollProtocol} shares with the other HTTP endpoints, beside its own options. */
export interface LongPollProtocolOptions extends LongPollOptions {
  readonly codecs: readonly Codec[];
  readonly originPolicy: OriginPolicy;
  readonly perAddress: AddressCounts;
  /** Makes the id of a session. Whoever knows it owns the session, so it must be impossible to guess. */
  readonly createId: () => string;
}

/** A list of subprotocols is short. */
const MAX_OPEN_BYTES = 4096;

/** The server end of long-poll: from HTTP requests to connections (spec: "HTTP Longpoll Transport"). */
export class LongPollProtocol {
  readonly #context: ListenerContext;
  readonly #options: LongPollProtocolOptions;
  readonly #basePath: string;
  readonly #subprotocols: SubprotocolTable;
  readonly #timeouts: { readonly receiveTimeout: number; readonly sessionTimeout: number };
  readonly #flusher = new Flusher();
  readonly #connections = new Map<string, LongPollConnection>();

  constructor(context: ListenerContext, options: LongPollProtocolOptions) {
    this.#context = context;
    this.#options = options;
    this.#basePath = `${(options.path ?? "/longpoll").replace(/\/$/, "")}/`;
    if (!/^\/[^\s?#]+\/$/.test(this.#basePath))
      throw new ConfigError("longPoll.path", `expected a path such as /longpoll, got "${options.path}"`);
    this.#subprotocols = subprotocolTable(options.codecs);
    this.#timeouts = {
      receiveTimeout: positiveInteger("longPoll.receiveTimeout", options.receiveTimeout, 10_000),
      sessionTimeout: positiveInteger("longPoll.sessionTimeout", options.sessionTimeout, 30_000),
    };
  }

  serves(path: string): boolean {
    return path.startsWith(this.#basePath);
  }

  onRequest(request: IncomingMessage, response: ServerResponse, accepted: AcceptedSocket): void {
    const { origin, host } = request.headers;
    if (!this.#options.originPolicy({ origin, host, peer: accepted.peer?.address })) {
      this.#context.settings.onLimit("origin");
      return sendText(response, 403, `origin ${origin ?? ""} is not allowed`);
    }
    if (origin !== undefined) allowOrigin(response, origin);
    if (request.method === "OPTIONS" && origin !== undefined) return sendText(response, 204);
    if (request.method !== "POST") {
      response.setHeader("Allow", "POST");
      return sendText(response, 405, "method not allowed: long-poll uses POST");
    }
    const [id = "", action, ...more] = pathOf(request).slice(this.#basePath.length).split("/");
    if (id === "open" && action === undefined) return this.#onOpen(request, response, accepted);
    const connection = more.length === 0 ? this.#connections.get(id) : undefined;
    if (connection === undefined) return sendText(response, 404, "no such transport");
    this.#onAction(connection, action, request, response);
  }

  /** The listener is closed and has no sockets left: no client can come back. */
  endConnections(): void {
    for (const connection of this.#connections.values()) connection.onListenerClosed();
  }

  #onAction(
    connection: LongPollConnection,
    action: string | undefined,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const success = this.#options.strictStatus === true ? 202 : 204;
    switch (action) {
      case "receive":
        request.resume();
        return connection.onReceive(response);
      case "send":
        return connection.onSend(request, response, success);
      case "close":
        request.resume();
        connection.onPeerClose();
        return sendText(response, success);
      default:
        return sendText(response, 404, "not found: long-poll has open, receive, send and close");
    }
  }

  #onOpen(request: IncomingMessage, response: ServerResponse, accepted: AcceptedSocket): void {
    readBody(request, MAX_OPEN_BYTES, (body) => {
      if (body === "aborted") return;
      const protocols = body === "too-large" ? undefined : parseProtocols(body);
      if (protocols === undefined) return sendText(response, 400, 'expected {"protocols": ["wamp.2.json", …]}');
      const subprotocol = negotiate(this.#subprotocols, protocols);
      if (subprotocol === undefined)
        return sendText(response, 400, `no protocol in common: ${listSubprotocols(this.#subprotocols)} supported`);
      this.#open(subprotocol, response, accepted);
    });
  }

  #open(subprotocol: Subprotocol, response: ServerResponse, { peer, tls, evidence }: AcceptedSocket): void {
    const { acceptor, connections, settings } = this.#context;
    const { perAddress, createId } = this.#options;
    if (connections.closing) return sendText(response, 503, "the server is shutting down");
    if (connections.full) {
      settings.onLimit("connections");
      return sendText(response, 503, `the server is full (${connections.max} connections)`);
    }
    // Counted apart from the sockets of that address, which come and go.
    const releaseAddress = perAddress.acquire(peer && `longpoll ${peer.address}`);
    if (releaseAddress === undefined) {
      settings.onLimit("connections-per-address");
      return sendText(response, 429, `too many connections from this address (limit ${perAddress.max})`);
    }
    const id = createId();
    const certificate = evidence?.certificate;
    const connection = new LongPollConnection({
      subprotocol,
      peer,
      tls,
      // Only the certificate says anything about the requests to come: they may use other TLS channels.
      evidence: certificate && { certificate },
      ...this.#timeouts,
      flusher: this.#flusher,
      settings,
      onClosed: () => {
        this.#connections.delete(id);
        releaseAddress();
        connections.delete(connection);
      },
    });
    this.#connections.set(id, connection);
    connections.add(connection);
    sendJson(response, { protocol: subprotocol.name, transport: id });
    connection.admit(acceptor);
  }
}

function parseProtocols(body: Buffer): readonly string[] | undefined {
  try {
    const { protocols } = JSON.parse(body.toString()) as { readonly protocols?: unknown };
    return Array.isArray(protocols) ? protocols.filter((name) => typeof name === "string") : undefined;
  } catch {
    return undefined;
  }
}

/** Lets the pages of an allowed origin read the response. Clients send their requests with credentials. */
function allowOrigin(response: ServerResponse, origin: string): void {
  response.setHeader("Access-Control-Allow-Origin", origin);
  response.setHeader("Access-Control-Allow-Credentials", "true");
  response.setHeader("Access-Control-Allow-Headers", "Content-Type");
  response.setHeader("Access-Control-Allow-Methods", "POST");
  response.setHeader("Vary", "Origin");
}
