import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Acceptor, Codec, Connection } from "@kreuz/codec";
import { type ClientOptions, WebSocket } from "ws";
import { Flusher } from "../output/flusher.js";
import { peerAddress } from "../connection/peer-address.js";
import { subprotocolTable } from "../connection/subprotocol.js";
import { tlsEvidence } from "../tls/tls-evidence.js";
import { type ClientTlsOptions, clientTls } from "../tls/tls-options.js";
import { libraryOptions, transportSettings, type WebSocketOptions } from "../connection/transport-settings.js";
import { WebSocketConnection } from "./websocket-connection.js";

/** Options of {@link connectWebSocket}. */
export interface WebSocketConnectOptions extends WebSocketOptions {
  /** The codecs to offer, the preferred one first. */
  readonly codecs: readonly Codec[];
  /** Offers the batched form of each codec alone (spec: "Message Batching"). Default `false`. */
  readonly batched?: boolean;
  /** TLS, for `wss:`. */
  readonly tls?: ClientTlsOptions;
  /** The `Origin` header. By default there is none. */
  readonly origin?: string;
  /** More headers for the opening handshake. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The server answered the opening handshake with an HTTP response other than 101. */
export class HandshakeRefusedError extends Error {
  override readonly name = "HandshakeRefusedError";
  /** HTTP status. */
  readonly status: number;
  /** The first 1000 characters of the response's body. */
  readonly reason: string;

  constructor(status: number, reason: string) {
    super(`the server refused the WebSocket handshake with HTTP ${status}: ${reason}`);
    this.status = status;
    this.reason = reason;
  }
}

/**
 * Connects to a WAMP router over WebSocket, for tests and tools.
 *
 * @param url - `ws://`, `wss://`, or `ws+unix:/path/of/socket:/ws`.
 * @param acceptor - asked for the connection's handler before anything can arrive.
 * @returns the connection that `acceptor` was called with.
 * @throws HandshakeRefusedError, or the Error that kept the connection from opening.
 */
export function connectWebSocket(
  url: string,
  acceptor: Acceptor,
  options: WebSocketConnectOptions,
): Promise<Connection> {
  const settings = transportSettings(options);
  const table = subprotocolTable(options.codecs);
  const offered = [...table.values()].filter(({ batch }) => (batch !== undefined) === (options.batched ?? false));
  const clientOptions: ClientOptions = {
    ...libraryOptions(settings),
    ...clientTls(options.tls),
    ...(options.origin === undefined ? {} : { origin: options.origin }),
    headers: { ...options.headers },
  };
  return new Promise((resolve, reject) => {
    const webSocket = new WebSocket(
      url,
      offered.map(({ name }) => name),
      clientOptions,
    );
    let socket: Socket | undefined;
    let timedOut = false;
    const cancelTimeout = settings.clock.schedule(settings.handshakeTimeout, () => {
      settings.onLimit("handshake-timeout");
      timedOut = true;
      webSocket.terminate();
    });
    const fail = (error: Error): void => {
      cancelTimeout();
      reject(
        timedOut ? new Error(`no answer to the WebSocket handshake within ${settings.handshakeTimeout} ms`) : error,
      );
    };
    webSocket.on("error", fail);
    webSocket.on("unexpected-response", (request, response) => {
      readSome(response, (body) => {
        fail(new HandshakeRefusedError(response.statusCode ?? 0, body));
        request.destroy();
      });
    });
    webSocket.on("upgrade", (response) => {
      socket = response.socket;
    });
    webSocket.on("open", () => {
      cancelTimeout();
      webSocket.off("error", fail);
      const subprotocol = table.get(webSocket.protocol);
      if (subprotocol === undefined || socket === undefined) {
        webSocket.terminate();
        return reject(new Error("the server chose no subprotocol"));
      }
      const connection = new WebSocketConnection({
        webSocket,
        socket,
        subprotocol,
        peer: peerAddress(socket),
        tls: socket instanceof TLSSocket,
        evidence: socket instanceof TLSSocket ? tlsEvidence(socket, false) : undefined,
        flusher: new Flusher(),
        settings,
      });
      connection.admit(acceptor);
      resolve(connection);
    });
  });
}

const ENOUGH = 1000;

/** The beginning of a response's body, as text without the white space around it. */
function readSome(response: IncomingMessage, done: (body: string) => void): void {
  let body = "";
  const finish = (): void => {
    response.off("data", onData).off("close", finish);
    done(body.slice(0, ENOUGH).trim());
  };
  const onData = (text: string): void => {
    body += text;
    if (body.length >= ENOUGH) finish();
  };
  response.setEncoding("utf8").on("data", onData).on("close", finish);
}
