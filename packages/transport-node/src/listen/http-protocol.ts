import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Arrival } from "../server/accepted-socket.js";
import { asError } from "../connection/as-error.js";
import { forwardedFor } from "../server/forwarded-for.js";
import { answer, answerPlainRequest, pathOf, refuseUpgrade } from "../server/http-answers.js";
import type { HttpOptions, ListenOptions } from "../server/listen-options.js";
import type { Side } from "../server/protocol.js";
import { LongPollSide } from "../longpoll/longpoll-protocol.js";
import { originPolicy } from "../server/origin-policy.js";
import type { PeerAddress } from "../connection/peer-address.js";
import { PendingSockets } from "../server/pending-sockets.js";
import type { Shared } from "../server/listener-context.js";
import type { SocketServer } from "../server/socket-server.js";
import { WebSocketSide } from "../websocket/websocket-protocol.js";

/** A server of HTTP that is given its sockets: WebSocket at one path, long-poll at another, and whatever else is asked for. */
export class HttpSide implements Side {
  readonly #shared: Shared;
  readonly #server: SocketServer;
  readonly #onRequestOption: HttpOptions["onRequest"];
  readonly #path: string;
  readonly #webSocket: WebSocketSide;
  readonly #longPoll: LongPollSide | undefined;
  readonly #http: Server;
  /** Sockets between two requests, or within one that has not arrived wholly. */
  readonly #idle: PendingSockets;
  readonly #arrivals = new WeakMap<Socket, Arrival>();

  constructor(shared: Shared, server: SocketServer, options: ListenOptions & HttpOptions) {
    const allows = originPolicy(options.origins);
    this.#shared = shared;
    this.#server = server;
    this.#onRequestOption = options.onRequest;
    this.#path = options.path ?? "/ws";
    this.#webSocket = new WebSocketSide(shared, {
      path: this.#path,
      allows,
      codecs: options.codecs,
      cookies: options.cookies,
    });
    if (options.longPoll !== undefined)
      this.#longPoll = new LongPollSide(shared, server.perAddress, {
        ...options.longPoll,
        allows,
        codecs: options.codecs,
      });
    this.#idle = new PendingSockets({ ...shared.settings, onLimit: () => {} }, Infinity);
    this.#http = createServer();
    this.#http.on("request", (request, response) => this.#onRequest(request, response));
    this.#http.on("upgrade", (request, socket, head) => this.#onUpgrade(request, socket as Socket, head));
  }

  take(arrival: Arrival): void {
    this.#arrivals.set(arrival.socket, arrival);
    this.#http.emit("connection", arrival.socket);
  }

  close(): void {
    this.#idle.destroyAll();
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    this.#began(socket);
    response.once("close", () => this.#ended(socket));
    if (this.#shared.open.closing) response.setHeader("Connection", "close");
    const path = pathOf(request);
    if (this.#longPoll?.serves(path) === true)
      return this.#longPoll.onRequest(request, response, { ...this.#arrivals.get(socket)!, peer: this.#peer(request) });
    if (this.#onRequestOption === undefined || path === this.#path)
      return answerPlainRequest(request, response, this.#path);
    const { onRequest } = { onRequest: this.#onRequestOption };
    // Called within a promise, so that a throw and a rejection end in the same place.
    Promise.resolve()
      .then(() => onRequest(request, response))
      .catch((error: unknown) => {
        this.#shared.settings.onError(asError(error));
        answer(response, 500, "internal error");
      });
  }

  #onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.#began(socket);
    const arrival = this.#arrivals.get(socket)!;
    const peer = this.#peer(request);
    if (peer !== arrival.peer && !this.#server.perAddress.hold(socket, peer?.address)) {
      this.#shared.settings.onLimit("connections-per-address");
      return refuseUpgrade(socket, 429, "too many connections from this address");
    }
    this.#webSocket.onUpgrade(request, head, { ...arrival, peer });
  }

  /** The client, also where a trusted proxy stands before it. */
  #peer(request: IncomingMessage): PeerAddress | undefined {
    const peer = this.#arrivals.get(request.socket)?.peer;
    if (!this.#server.trusted(peer?.address)) return peer;
    const address = forwardedFor(request.headers["x-forwarded-for"], this.#server.trusted);
    return address === undefined ? peer : { address };
  }

  /** A request's head has arrived. */
  #began(socket: Socket): void {
    this.#server.pending.settle(this.#arrivals.get(socket)?.raw ?? socket);
    this.#idle.settle(socket);
  }

  /** A request was answered: the socket has a while for the next one. */
  #ended(socket: Socket): void {
    if (socket.destroyed) return;
    if (this.#shared.open.closing) socket.destroySoon();
    else this.#idle.add(socket);
  }
}
