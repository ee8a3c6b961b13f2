import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { asError } from "@kreuz/codec";
import { formatPeer, type PeerAddress } from "../connection/peer-address.js";
import type { WebSocketOptions } from "../connection/transport-settings.js";
import { type LongPollOptions, LongPollProtocol } from "../longpoll/longpoll-protocol.js";
import type { AcceptedSocket, ListenerContext, Protocol } from "../server/accepted-socket.js";
import { PendingSockets } from "../server/connection-limits.js";
import { fetchHandler, isBelow, type RequestClient, type RequestHandler, type Routes } from "../server/fetch-route.js";
import { HttpInput, type HttpInputOwner } from "../server/http-input.js";
import { pathOf, rejectUpgrade, sendText } from "../server/http-messages.js";
import type { ListenOptions } from "../server/listen-options.js";
import { originPolicy } from "../server/origin-policy.js";
import { clientOf } from "../server/proxies.js";
import type { Refusal } from "../server/refusals.js";
import type { SocketServer } from "../server/socket-server.js";
import type { UpgradeRequest } from "../server/upgrade-request.js";
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
  /**
   * Who answers plain HTTP requests, by path: `/api` gets `/api` and all below it, and the longest path that fits wins. The
   * endpoints of WebSocket and long-poll come first.
   */
  readonly routes?: Routes;
  /** Answers plain HTTP requests on all other paths. Default: `/` names the endpoint, and the rest gets 404. */
  readonly onRequest?: RequestHandler;
}

export const DEFAULT_WEBSOCKET_PATH = "/ws";

/** Node.js's default, fixed here because it is charged. */
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_SHOWN_PATH = 100;
/** Requests of one socket that wait for an answer. One chunk of data can hold thousands, which would take all the room. */
const MAX_WAITING_REQUESTS = 32;
const NOTHING = Buffer.alloc(0);

/** An HTTP server that is given its sockets: WebSocket on one path, long-poll on another, and the rest for `onRequest`. */
export class HttpProtocol implements Protocol, HttpInputOwner {
  readonly #context: ListenerContext;
  readonly #sockets: SocketServer;
  readonly #onRequestOption: RequestHandler | undefined;
  /** The longest path first. */
  #routes: readonly (readonly [path: string, handler: RequestHandler])[];
  readonly #path: string;
  readonly #webSocket: WebSocketProtocol;
  readonly #longPoll: LongPollProtocol | undefined;
  readonly #http: Server;
  /** Sockets between two requests, or within a request that has not arrived completely. */
  readonly #idle: PendingSockets;
  readonly #accepted = new WeakMap<Socket, AcceptedSocket>();
  readonly #inputs = new WeakMap<Socket, HttpInput>();
  /** Requests of each socket that have not been answered. */
  readonly #unanswered = new WeakMap<Socket, number>();
  /** Sockets with too many of them: nothing more is read there. */
  readonly #full = new WeakSet<Socket>();
  #requests = 0;
  /** WebSockets that begin when the requests before them have been answered. */
  readonly #upgrades = new WeakMap<Socket, () => void>();

  constructor(context: ListenerContext, sockets: SocketServer, options: ListenOptions & HttpOptions) {
    const { codecs, cookies, longPoll, path = DEFAULT_WEBSOCKET_PATH } = options;
    const policy = originPolicy(options.origins);
    this.#context = context;
    this.#sockets = sockets;
    this.#onRequestOption = options.onRequest;
    this.#routes = this.#handlersOf(options.routes ?? {});
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
    // The client of a socket that is idle is not told: it finds out when it uses the socket again.
    const { max } = context.connections;
    this.#idle = new PendingSockets(context.settings, { max, maxPerAddress: max, onDrop: () => {} });
    this.#http = createServer({ maxHeaderSize: MAX_HEADER_BYTES });
    this.#http.on("clientError", (error: NodeJS.ErrnoException, socket) =>
      this.#onClientError(error, socket as Socket),
    );
    this.#http.on("request", (request, response) => this.#onRequest(request, response));
    this.#http.on("upgrade", (request, socket, head) =>
      this.#onUpgrade(request, socket as Socket, this.#release(socket as Socket, head)),
    );
  }

  serve(accepted: AcceptedSocket): void {
    new HttpInput(accepted, this.#context.pace, this).listen();
  }

  /** @internal Called by the input. */
  serveByNode(accepted: AcceptedSocket, input: HttpInput): void {
    this.#accepted.set(accepted.socket, accepted);
    this.#inputs.set(accepted.socket, input);
    this.#http.emit("connection", accepted.socket);
  }

  /** @internal Called by the input. */
  onPlainUpgrade(request: UpgradeRequest, accepted: AcceptedSocket): void {
    this.#sockets.pending.settle(accepted.netSocket);
    this.#upgrade(request, NOTHING, accepted);
  }

  get needsNewSockets(): boolean {
    return this.#longPoll !== undefined;
  }

  closeIdleSockets(): void {
    this.#idle.destroyAll();
  }

  endConnections(): void {
    this.#longPoll?.endConnections();
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    // The rest of a piece of data that held too many.
    if (this.#full.has(socket)) return;
    const path = pathOf(request);
    const accepted = this.#accepted.get(socket)!;
    this.#onRequestBegin(socket);
    const isTooMany = (this.#unanswered.get(socket) ?? 0) >= MAX_WAITING_REQUESTS;
    this.#watch(request, response);
    if (isTooMany) return this.#refuseMore(request, response);
    const maxRequests = this.#maxRequests;
    if (this.#requests > maxRequests) {
      response.setHeader("Connection", "close");
      const reason = `the server is full (${maxRequests} requests)`;
      this.#report({ reason, limit: "connections", remedy: "raise maxConnections" }, request, accepted);
      return sendText(response, 503, reason);
    }
    if (this.#longPoll?.serves(path) === true) {
      const peer = this.#peerOf(request, accepted);
      return this.#longPoll.onRequest(request, response, { ...accepted, peer });
    }
    if (this.#context.connections.closing) response.setHeader("Connection", "close");
    if (path === this.#path) return explainWebSocket(response);
    const handler = this.#handlerOf(path);
    if (handler === undefined && path === "/" && isReading(request)) return greet(response, this.#path);
    if (handler === undefined) {
      const reason = `not found: ${path.slice(0, MAX_SHOWN_PATH)}`;
      this.#report({ reason, remedy: `clients must use ${this.#path}` }, request, accepted);
      return sendText(response, 404, `not found: the WAMP WebSocket endpoint is ${this.#path}`);
    }
    void this.#callOnRequest(handler, request, response);
  }

  /** The answer to the first that is too many is the last on its socket. */
  #refuseMore(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    this.#full.add(socket);
    this.#inputs.get(socket)?.stop();
    const reason = `more than ${MAX_WAITING_REQUESTS} requests wait for an answer on one socket`;
    this.#report({ reason, limit: "waiting-requests" }, request, this.#accepted.get(socket));
    response.setHeader("Connection", "close");
    sendText(response, 429, reason);
  }

  /** The socket speaks another protocol now. @returns what has arrived of it. */
  #release(socket: Socket, head: Buffer): Buffer {
    const rest = this.#inputs.get(socket)?.release();
    this.#inputs.delete(socket);
    return rest === undefined || rest.length === 0 ? head : Buffer.concat([head, rest]);
  }

  prepareRoutes(routes: Routes): () => void {
    const handlers = this.#handlersOf(routes);
    return () => {
      this.#routes = handlers;
    };
  }

  #handlersOf(routes: Routes): readonly (readonly [path: string, handler: RequestHandler])[] {
    const services = {
      settings: this.#context.settings,
      clientOf: (request: IncomingMessage) => this.#clientOf(request),
    };
    return Object.entries(routes)
      .map(
        ([path, route]) => [path, typeof route === "function" ? route : fetchHandler(path, route, services)] as const,
      )
      .toSorted(([one], [other]) => other.length - one.length);
  }

  #clientOf(request: IncomingMessage): RequestClient {
    const accepted = this.#accepted.get(request.socket);
    const peer = formatPeer(this.#peerOf(request, accepted));
    return { peer, tls: accepted?.tls ?? false, account: accepted?.account?.account };
  }

  #handlerOf(path: string): RequestHandler | undefined {
    const route = this.#routes.find(([base]) => isBelow(path, base));
    return route === undefined ? this.#onRequestOption : route[1];
  }

  /** Each long-poll session may have one that receives and one that sends. */
  get #maxRequests(): number {
    return 2 * this.#context.connections.max;
  }

  /** Counts a request until it is answered, and drops its socket if neither its body nor the answer moves any more. */
  #watch(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const { clock, messageTimeout, closeTimeout } = this.#context.settings;
    // Longer than a body may take, so that whoever reads it can answer.
    const patience = messageTimeout + closeTimeout;
    const moved = (): number => socket.bytesRead + socket.bytesWritten - socket.writableLength;
    let before = moved();
    let cancel = (): void => {};
    const watchOn = (): void => {
      before = moved();
      cancel = clock.schedule(patience, check);
    };
    const check = (): void => {
      // A request that has arrived waits for us.
      const waitsForPeer = response.writableEnded || (!request.complete && request.readableFlowing === true);
      if (!waitsForPeer || moved() !== before) return watchOn();
      const reason = `a request or its answer stood still for ${patience} ms`;
      this.#report({ reason, limit: "message-timeout" }, request, this.#accepted.get(socket));
      socket.destroy();
    };
    watchOn();
    this.#requests++;
    this.#unanswered.set(socket, (this.#unanswered.get(socket) ?? 0) + 1);
    response.once("close", () => {
      cancel();
      this.#requests--;
      this.#unanswered.set(socket, (this.#unanswered.get(socket) ?? 1) - 1);
      this.#onRequestEnd(socket);
    });
  }

  #report(
    refusal: Pick<Refusal, "reason" | "limit" | "remedy">,
    request: UpgradeRequest,
    accepted: AcceptedSocket | undefined,
  ): void {
    if (refusal.limit !== undefined) this.#context.settings.onLimit(refusal.limit);
    const peer = formatPeer(this.#peerOf(request, accepted));
    const { origin } = request.headers;
    this.#context.report({
      ...refusal,
      ...(peer === undefined ? {} : { peer }),
      ...(origin === undefined ? {} : { origin }),
    });
  }

  /** What arrived is no HTTP, or too long. */
  #onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
    this.#inputs.get(socket)?.stop();
    if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
    const isTooLong = error.code === "HPE_HEADER_OVERFLOW";
    const reason = isTooLong ? `the head of a request is longer than ${MAX_HEADER_BYTES} bytes` : error.message;
    const peer = formatPeer(this.#accepted.get(socket)?.peer);
    if (isTooLong) this.#context.settings.onLimit("request-bytes");
    this.#context.report({
      reason: `a request was refused: ${reason}`,
      ...(peer === undefined ? {} : { peer }),
      ...(isTooLong ? { limit: "request-bytes" } : {}),
    });
    rejectUpgrade(socket, isTooLong ? 431 : 400, reason);
  }

  async #callOnRequest(onRequest: RequestHandler, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await onRequest(request, response);
    } catch (error) {
      this.#context.settings.onError(asError(error));
      sendText(response, 500, "internal error");
    }
  }

  #onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.#onRequestBegin(socket);
    // Requests before it in the same socket are answered first.
    if ((this.#unanswered.get(socket) ?? 0) > 0) return this.#upgradeLater(request, socket, head);
    this.#upgrade(request, head, this.#accepted.get(socket)!);
  }

  /** @param head - what has arrived behind the request. */
  #upgrade(request: UpgradeRequest, head: Buffer, accepted: AcceptedSocket): void {
    const { socket } = accepted;
    const peer = this.#peerOf(request, accepted);
    const { perAddress } = this.#sockets;
    if (peer !== accepted.peer && !perAddress.acquireUntilClose(socket, peer?.address)) {
      const reason = `too many connections from this address (limit ${perAddress.max})`;
      const limit = "connections-per-address";
      const remedy = "raise maxConnectionsPerAddress";
      this.#report({ reason: `a WebSocket was refused with 429: ${reason}`, limit, remedy }, request, accepted);
      return rejectUpgrade(socket, 429, reason);
    }
    this.#webSocket.onUpgrade(request, head, { ...accepted, peer });
  }

  #upgradeLater(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.#upgrades.set(socket, () => this.#onUpgrade(request, socket, head));
  }

  /** The client, even behind a trusted proxy. */
  #peerOf({ headers }: UpgradeRequest, accepted: AcceptedSocket | undefined): PeerAddress | undefined {
    const peer = accepted?.peer;
    if (!this.#sockets.trusted(peer?.address)) return peer;
    const address = clientOf(headers, this.#sockets.trusted);
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
    if ((this.#unanswered.get(socket) ?? 0) > 0) return;
    const upgrade = this.#upgrades.get(socket);
    this.#upgrades.delete(socket);
    if (upgrade !== undefined) return upgrade();
    // While connections are left, one of them may be a long-poll session that is fetched through this socket.
    if (closing && size === 0) socket.destroySoon();
    else this.#idle.add(socket, this.#accepted.get(socket)?.peer?.address);
  }
}

function isReading({ method }: IncomingMessage): boolean {
  return method === "GET" || method === "HEAD";
}

/** Load balancers ask for `/` whether somebody is there, and take everything but 200 for no. */
function greet(response: ServerResponse, endpoint: string): void {
  sendText(response, 200, `a WAMP router: connect with a WAMP client to ${endpoint}`);
}

function explainWebSocket(response: ServerResponse): void {
  response.setHeader("Upgrade", "websocket");
  sendText(response, 426, "this is the WebSocket endpoint of a WAMP router: connect with a WAMP client");
}
