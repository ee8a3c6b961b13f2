import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { asError } from "@kreuz/codec";
import type { PeerAddress } from "../connection/peer-address.js";
import type { WebSocketOptions } from "../connection/transport-settings.js";
import { type LongPollOptions, LongPollProtocol } from "../longpoll/longpoll-protocol.js";
import type { AcceptedSocket, ListenerContext, Protocol } from "../server/accepted-socket.js";
import { PendingSockets } from "../server/connection-limits.js";
import { pathOf, rejectUpgrade, sendText } from "../server/http-messages.js";
import type { ListenOptions } from "../server/listen-options.js";
import { originPolicy } from "../server/origin-policy.js";
import { forwardedFor } from "../server/proxies.js";
import type { SocketServer } from "../server/socket-server.js";
import { type HandshakeCookies, WebSocketProtocol } from "../websocket/websocket-protocol.js";

/** Options of everything served over HTTP. */
export interface HttpOptions extends WebSocketOptions {
  /** Path of the WebSocket endpoint. Default `/ws`. */
  readonly path?: string;
  /**
   * Origins whose pages may connect: exact ones such as `https://example.com`, `null`, or `*` for any. Default the same
   * origin, and loopback origins from this machine. Only browsers send an origin; other clients always pass.
   */
  readonly origins?: readonly string[];
  /** Reads and sets a cookie in the opening handshake of a WebSocket. Default none. */
  readonly cookies?: HandshakeCookies;
  /** Serves WAMP over HTTP long-poll, too. Default not. */
  readonly longPoll?: LongPollOptions;
  /** Answers plain HTTP requests on all other paths. Default 404. */
  readonly onRequest?: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
}

export const DEFAULT_WEBSOCKET_PATH = "/ws";

/** An HTTP server that is given its sockets: WebSocket on one path, long-poll on another, and the rest for `onRequest`. */
export class HttpProtocol implements Protocol {
  readonly #context: ListenerContext;
  readonly #sockets: SocketServer;
  readonly #onRequestOption: HttpOptions["onRequest"];
  readonly #path: string;
  readonly #webSocket: WebSocketProtocol;
  readonly #longPoll: LongPollProtocol | undefined;
  readonly #http: Server;
  /** Sockets between two requests, or within a request that has not arrived completely. */
  readonly #idle: PendingSockets;
  readonly #accepted = new WeakMap<Socket, AcceptedSocket>();

  constructor(context: ListenerContext, sockets: SocketServer, options: ListenOptions & HttpOptions) {
    const { codecs, cookies, longPoll, path = DEFAULT_WEBSOCKET_PATH } = options;
    const policy = originPolicy(options.origins);
    this.#context = context;
    this.#sockets = sockets;
    this.#onRequestOption = options.onRequest;
    this.#path = path;
    this.#webSocket = new WebSocketProtocol(context, { path, originPolicy: policy, codecs, cookies });
    if (longPoll !== undefined)
      this.#longPoll = new LongPollProtocol(context, {
        ...longPoll,
        codecs,
        originPolicy: policy,
        perAddress: sockets.perAddress,
        createId: () => randomBytes(18).toString("base64url"),
      });
    this.#idle = new PendingSockets({ ...context.settings, onLimit: () => {} }, Infinity);
    this.#http = createServer();
    this.#http.on("request", (request, response) => this.#onRequest(request, response));
    this.#http.on("upgrade", (request, socket, head) => this.#onUpgrade(request, socket as Socket, head));
  }

  serve(accepted: AcceptedSocket): void {
    this.#accepted.set(accepted.socket, accepted);
    this.#http.emit("connection", accepted.socket);
  }

  closeIdleSockets(): void {
    this.#idle.destroyAll();
  }

  endConnections(): void {
    this.#longPoll?.endConnections();
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const path = pathOf(request);
    this.#onRequestBegin(socket);
    response.once("close", () => this.#onRequestEnd(socket));
    if (this.#longPoll?.serves(path) === true) {
      const accepted = { ...this.#accepted.get(socket)!, peer: this.#peerOf(request) };
      return this.#longPoll.onRequest(request, response, accepted);
    }
    if (this.#context.connections.closing) response.setHeader("Connection", "close");
    if (path === this.#path) return explainWebSocket(response);
    if (this.#onRequestOption === undefined)
      return sendText(response, 404, `not found: the WAMP WebSocket endpoint is ${this.#path}`);
    void this.#callOnRequest(this.#onRequestOption, request, response);
  }

  async #callOnRequest(
    onRequest: NonNullable<HttpOptions["onRequest"]>,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    try {
      await onRequest(request, response);
    } catch (error) {
      this.#context.settings.onError(asError(error));
      sendText(response, 500, "internal error");
    }
  }

  #onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.#onRequestBegin(socket);
    const accepted = this.#accepted.get(socket)!;
    const peer = this.#peerOf(request);
    const { perAddress } = this.#sockets;
    if (peer !== accepted.peer && !perAddress.acquireUntilClose(socket, peer?.address)) {
      this.#context.settings.onLimit("connections-per-address");
      return rejectUpgrade(socket, 429, `too many connections from this address (limit ${perAddress.max})`);
    }
    this.#webSocket.onUpgrade(request, head, { ...accepted, peer });
  }

  /** The client, even behind a trusted proxy. */
  #peerOf(request: IncomingMessage): PeerAddress | undefined {
    const peer = this.#accepted.get(request.socket)?.peer;
    if (!this.#sockets.trusted(peer?.address)) return peer;
    const address = forwardedFor(request.headers["x-forwarded-for"], this.#sockets.trusted);
    return address === undefined ? peer : { address };
  }

  /** The head of a request has arrived. */
  #onRequestBegin(socket: Socket): void {
    this.#sockets.pending.settle(this.#accepted.get(socket)?.netSocket ?? socket);
    this.#idle.settle(socket);
  }

  /** A request was answered: the next one on this socket has a while to come. */
  #onRequestEnd(socket: Socket): void {
    const { closing, size } = this.#context.connections;
    if (socket.destroyed) return;
    // While connections are left, one of them may be a long-poll session that is fetched through this socket.
    if (closing && size === 0) socket.destroySoon();
    else this.#idle.add(socket);
  }
}

function explainWebSocket(response: ServerResponse): void {
  response.setHeader("Upgrade", "websocket");
  sendText(response, 426, "this is the WebSocket endpoint of a WAMP router: connect with a WAMP client");
}
