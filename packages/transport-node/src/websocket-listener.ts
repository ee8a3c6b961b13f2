import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Acceptor } from "@kreuz/codec";
import { type WebSocket, WebSocketServer } from "ws";
import { Flusher } from "./flusher.js";
import { PlainWriter } from "./frame-writer.js";
import { Framer } from "./framer.js";
import { answer, answerPlainRequest, pathOf, refuseUpgrade } from "./http-answers.js";
import { asError } from "./as-error.js";
import type { WebSocketListener, WebSocketListenOptions } from "./listen-options.js";
import { listenError } from "./listen-error.js";
import { originPolicy } from "./origin-policy.js";
import { joinHostPort } from "./peer-address.js";
import { PendingSockets } from "./pending-sockets.js";
import { codecTable, negotiate } from "./subprotocol.js";
import { libraryOptions, type TransportSettings, transportSettings, wholeNumber } from "./transport-settings.js";
import { refusalOf, type UpgradeRules } from "./upgrade-gate.js";
import { WebSocketConnection } from "./websocket-connection.js";
import { webSocketFraming } from "./websocket-framing.js";

/**
 * Serves WAMP over WebSocket: each connection whose handshake succeeds is handed to `acceptor`.
 *
 * @throws ConfigError when an option is out of range; Error naming host and port when it cannot listen there.
 */
export async function listenWebSocket(acceptor: Acceptor, options: WebSocketListenOptions): Promise<WebSocketListener> {
  const listener = new Listener(acceptor, options);
  await listener.listen(options.host ?? "127.0.0.1", options.port ?? 8080);
  return listener;
}

/** An HTTP server whose sockets turn into connections once they ask to, and are let in. */
class Listener implements WebSocketListener {
  readonly #acceptor: Acceptor;
  readonly #options: WebSocketListenOptions;
  readonly #settings: TransportSettings;
  readonly #rules: UpgradeRules;
  readonly #pending: PendingSockets;
  readonly #connections = new Set<WebSocketConnection>();
  readonly #flusher = new Flusher();
  readonly #framers = {
    text: new Framer(webSocketFraming(false), this.#flusher),
    binary: new Framer(webSocketFraming(true), this.#flusher),
  };
  readonly #library: WebSocketServer;
  readonly #http: Server;
  #host = "";
  #port = 0;
  #closed: Promise<void> | undefined;
  #onEmpty: () => void = () => {};

  constructor(acceptor: Acceptor, options: WebSocketListenOptions) {
    const codecs = codecTable(options.codecs);
    this.#acceptor = acceptor;
    this.#options = options;
    this.#settings = transportSettings(options);
    this.#rules = {
      path: options.path ?? "/ws",
      allows: originPolicy(options.origins),
      maxConnections: wholeNumber("maxConnections", options.maxConnections, 10_000),
      codecs,
    };
    const maxPending = wholeNumber("maxPendingHandshakes", options.maxPendingHandshakes, 1000);
    this.#pending = new PendingSockets(this.#settings, maxPending);
    this.#library = new WebSocketServer({
      ...libraryOptions(this.#settings),
      noServer: true,
      clientTracking: false,
      handleProtocols: (offered) => negotiate(codecs, offered)?.subprotocol ?? false,
    });
    this.#http = createServer();
    this.#http.on("connection", (socket: Socket) => this.#pending.add(socket));
    this.#http.on("request", (request, response) => this.#onRequest(request, response));
    this.#http.on("upgrade", (request, socket, head) => this.#onUpgrade(request, socket as Socket, head));
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    const reachable = this.#host === "0.0.0.0" ? "127.0.0.1" : this.#host === "::" ? "::1" : this.#host;
    return `ws://${joinHostPort(reachable, this.#port)}${this.#rules.path}`;
  }

  get connections(): number {
    return this.#connections.size;
  }

  listen(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => reject(listenError(error, host, port));
      this.#http.once("error", fail);
      this.#http.listen({ host, port }, () => {
        this.#http.off("error", fail);
        this.#http.on("error", this.#settings.onError);
        this.#host = host;
        this.#port = (this.#http.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    const { clock, closeTimeout } = this.#settings;
    const cancel = clock.schedule(closeTimeout, () => this.#http.closeAllConnections());
    // Its callback waits for the sockets that were upgraded, too.
    const socketsGone = new Promise((resolve) => this.#http.close(resolve));
    this.#pending.destroyAll();
    const handlersTold = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    for (const connection of this.#connections) connection.close("going-away", "the server is shutting down");
    if (this.#connections.size > 0) await handlersTold;
    await socketsGone;
    cancel();
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    this.#pending.settle(request.socket);
    const { onRequest } = this.#options;
    if (onRequest === undefined || pathOf(request) === this.#rules.path)
      return answerPlainRequest(request, response, this.#rules.path);
    // Called within a promise, so that a throw and a rejection end in the same place.
    Promise.resolve()
      .then(() => onRequest(request, response))
      .catch((error: unknown) => {
        this.#settings.onError(asError(error));
        answer(response, 500, "internal error");
      });
  }

  #onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.#pending.settle(socket);
    // The HTTP server has let go of the socket: without a listener an error on it would end the process.
    socket.on("error", ignore);
    const refusal =
      this.#closed === undefined ? refusalOf(request, this.#connections.size, this.#rules) : SHUTTING_DOWN;
    if (refusal !== undefined) {
      if (refusal.limit !== undefined) this.#settings.onLimit(refusal.limit);
      refuseUpgrade(socket, refusal.status, refusal.reason);
      return;
    }
    this.#library.handleUpgrade(request, socket, head, (webSocket) => this.#admit(webSocket, socket));
  }

  #admit(webSocket: WebSocket, socket: Socket): void {
    const codec = this.#rules.codecs.get(webSocket.protocol);
    if (codec === undefined) return webSocket.terminate();
    const framer = codec.binary ? this.#framers.binary : this.#framers.text;
    const connection = new WebSocketConnection({
      webSocket,
      socket,
      codec,
      flusher: this.#flusher,
      settings: this.#settings,
      ...(webSocket.extensions === "" ? { writer: new PlainWriter(socket, framer) } : {}),
    });
    this.#connections.add(connection);
    // Before the connection's own listener, so that its handler finds itself no longer counted.
    webSocket.prependOnceListener("close", () => {
      this.#connections.delete(connection);
      if (this.#connections.size === 0) this.#onEmpty();
    });
    connection.admit(this.#acceptor);
  }
}

const SHUTTING_DOWN = { status: 503, reason: "the server is shutting down", limit: undefined };

function ignore(): void {}
