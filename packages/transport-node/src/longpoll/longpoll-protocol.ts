import type { IncomingMessage, ServerResponse } from "node:http";
import { type Codec, ConfigError } from "@kreuz/codec";
import {
  listSubprotocols,
  negotiate,
  type Subprotocol,
  type SubprotocolTable,
  subprotocolTable,
} from "../connection/subprotocol.js";
import { ClientAccount } from "../connection/client-account.js";
import { formatPeer } from "../connection/peer-address.js";
import { type LimitName, positiveInteger } from "../connection/transport-settings.js";
import type { AcceptedSocket, ListenerContext } from "../server/accepted-socket.js";
import type { AddressCounts } from "../server/connection-limits.js";
import { pathOf, sendJson, sendText } from "../server/http-messages.js";
import type { OriginPolicy } from "../server/origin-policy.js";
import { readBody } from "../server/request-body.js";
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

/** How a request is refused. */
interface LongPollRefusal {
  readonly status: number;
  readonly reason: string;
  readonly limit?: LimitName;
  readonly remedy?: string;
  readonly origin?: string | undefined;
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
  readonly #connections = new Map<string, LongPollConnection>();
  /** What clients are told that had to go before they asked, as many of the last ones as there may be connections. */
  readonly #dismissed = new Map<string, string>();

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
      const reason = `origin ${origin ?? ""} is not allowed`;
      return this.#refuse(response, accepted, {
        status: 403,
        reason,
        limit: "origin",
        remedy: "add it to the allowed origins",
        origin,
      });
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
    if (connection === undefined) return this.#refuseUnknown(id, response);
    this.#onAction(connection, action, request, response);
  }

  #refuseUnknown(id: string, response: ServerResponse): void {
    const reason = this.#dismissed.get(id);
    this.#dismissed.delete(id);
    if (reason === undefined) sendText(response, 404, "no such transport");
    else sendText(response, 410, reason);
  }

  #onDismissed(id: string, reason: string): void {
    const { max } = this.#context.connections;
    this.#dismissed.set(id, reason);
    for (const oldest of this.#dismissed.keys()) {
      if (this.#dismissed.size <= max) break;
      this.#dismissed.delete(oldest);
    }
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
    const { settings } = this.#context;
    const limits = { maxBytes: MAX_OPEN_BYTES, settings, account: accepted.account?.account };
    readBody(request, limits, (body) => {
      const failure = "failure" in body ? body.failure : undefined;
      if (failure === "aborted") return;
      if (failure !== undefined) response.setHeader("Connection", "close");
      if (failure === "late") {
        const reason = `the body was not complete within messageTimeout (${settings.messageTimeout} ms)`;
        return this.#refuse(response, accepted, { status: 408, reason, limit: "message-timeout" });
      }
      if ("failure" in body) {
        const reason = `the body is larger than ${MAX_OPEN_BYTES} bytes`;
        return this.#refuse(response, accepted, { status: 413, reason, limit: "request-bytes" });
      }
      const protocols = parseProtocols(body);
      if (protocols === undefined)
        return this.#refuse(response, accepted, { status: 400, reason: 'expected {"protocols": ["wamp.2.json", …]}' });
      const subprotocol = negotiate(this.#subprotocols, protocols);
      if (subprotocol !== undefined) return this.#open(subprotocol, response, accepted);
      const reason = `no protocol in common: ${listSubprotocols(this.#subprotocols)} supported`;
      this.#refuse(response, accepted, { status: 400, reason });
    });
  }

  #refuse(response: ServerResponse, { peer }: AcceptedSocket, refusal: LongPollRefusal): void {
    const { status, reason, limit, remedy, origin } = refusal;
    const address = formatPeer(peer);
    if (limit !== undefined) this.#context.settings.onLimit(limit);
    this.#context.report({
      reason: `long-poll was refused with ${status}: ${reason}`,
      ...(address === undefined ? {} : { peer: address }),
      ...(limit === undefined ? {} : { limit }),
      ...(remedy === undefined ? {} : { remedy }),
      ...(origin === undefined ? {} : { origin }),
    });
    sendText(response, status, reason);
  }

  #open(subprotocol: Subprotocol, response: ServerResponse, accepted: AcceptedSocket): void {
    const { peer, tls, evidence } = accepted;
    const { acceptor, connections, settings, budget, pace } = this.#context;
    const { perAddress, createId } = this.#options;
    if (connections.closing)
      return this.#refuse(response, accepted, { status: 503, reason: "the server is shutting down" });
    if (!connections.makeRoom()) {
      const reason = `the server is full (${connections.max} connections)`;
      return this.#refuse(response, accepted, {
        status: 503,
        reason,
        limit: "connections",
        remedy: "raise maxConnections",
      });
    }
    // Counted apart from the sockets of that address, which come and go.
    const releaseAddress = perAddress.acquire(peer?.address, "session");
    if (releaseAddress === undefined) {
      const reason = `too many connections from this address (limit ${perAddress.max})`;
      const remedy = "raise maxConnectionsPerAddress";
      return this.#refuse(response, accepted, { status: 429, reason, limit: "connections-per-address", remedy });
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
      flusher: pace.flusher,
      pace,
      account: budget && new ClientAccount(budget, 0, { onCut: () => {} }),
      settings,
      onDismissed: (reason) => this.#onDismissed(id, reason),
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
