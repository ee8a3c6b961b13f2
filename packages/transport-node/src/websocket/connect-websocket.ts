import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Acceptor, Codec, Connection } from "@kreuz/codec";
import { type ClientOptions, WebSocket } from "ws";
import { Pace } from "../connection/pace.js";
import { peerOf } from "../connection/peer-address.js";
import { type SubprotocolTable, subprotocolTable } from "../connection/subprotocol.js";
import { type TransportSettings, transportSettings, type WebSocketOptions } from "../connection/transport-settings.js";
import { tlsEvidence } from "../tls/tls-evidence.js";
import { type ClientTlsOptions, clientTls } from "../tls/tls-options.js";
import { WebSocketConnection } from "./websocket-connection.js";
import { wsOptions } from "./websocket-protocol.js";

/** Options of {@link connectWebSocket}. */
export interface WebSocketConnectOptions extends WebSocketOptions {
  /** The codecs to offer, the preferred one first. */
  readonly codecs: readonly Codec[];
  /** Offers only the batched form of each codec (spec: "Message Batching"). Default `false`. */
  readonly batched?: boolean;
  /** TLS, for `wss:`. */
  readonly tls?: ClientTlsOptions;
  /** The `Origin` header. Default none. */
  readonly origin?: string;
  /** More headers for the opening handshake. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The server answered the opening handshake with an HTTP status other than 101. */
export class HandshakeRefusedError extends Error {
  override readonly name = "HandshakeRefusedError";
  /** HTTP status. */
  readonly status: number;
  /** The first 1000 characters of the response body. */
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
 * @throws HandshakeRefusedError, or the Error that prevented the connection.
 */
export function connectWebSocket(
  url: string,
  acceptor: Acceptor,
  options: WebSocketConnectOptions,
): Promise<Connection> {
  const settings = transportSettings(options);
  const subprotocols = subprotocolTable(options.codecs);
  return new Promise((resolve, reject) => {
    const webSocket = new WebSocket(url, offeredNames(subprotocols, options), clientOptions(options, settings));
    // Not by a promise: the first frame may arrive before it would have called back.
    awaitOpen(webSocket, settings, reject, (socket) => {
      const subprotocol = subprotocols.get(webSocket.protocol);
      if (subprotocol === undefined) {
        webSocket.terminate();
        return reject(new Error("the server did not choose a subprotocol"));
      }
      const pace = new Pace(settings.stopwatch);
      const tls = socket instanceof TLSSocket;
      const connection = new WebSocketConnection({
        webSocket,
        socket,
        subprotocol,
        peer: peerOf(socket),
        tls,
        evidence: tls ? tlsEvidence(socket, false) : undefined,
        flusher: pace.flusher,
        pace,
        account: undefined,
        settings,
      });
      connection.admit(acceptor);
      resolve(connection);
    });
  });
}

function offeredNames(subprotocols: SubprotocolTable, { batched = false }: WebSocketConnectOptions): string[] {
  return [...subprotocols.values()].filter(({ batch }) => (batch !== undefined) === batched).map(({ name }) => name);
}

function clientOptions(options: WebSocketConnectOptions, settings: TransportSettings): ClientOptions {
  return {
    ...wsOptions(settings),
    ...clientTls(options.tls),
    ...(options.origin === undefined ? {} : { origin: options.origin }),
    headers: { ...options.headers },
  };
}

/** Waits for the end of the opening handshake, but not longer than the settings allow. */
function awaitOpen(
  webSocket: WebSocket,
  { clock, handshakeTimeout, onLimit }: TransportSettings,
  onFailure: (error: Error) => void,
  onOpen: (socket: Socket) => void,
): void {
  let timedOut = false;
  const cancelTimeout = clock.schedule(handshakeTimeout, () => {
    onLimit("handshake-timeout");
    timedOut = true;
    webSocket.terminate();
  });
  const fail = (error: Error): void => {
    cancelTimeout();
    onFailure(timedOut ? new Error(`no answer to the WebSocket handshake within ${handshakeTimeout} ms`) : error);
  };
  webSocket.on("error", fail);
  webSocket.on("unexpected-response", (request, response) => {
    readReason(response, (reason) => {
      fail(new HandshakeRefusedError(response.statusCode ?? 0, reason));
      request.destroy();
    });
  });
  webSocket.on("upgrade", ({ socket }) => {
    webSocket.once("open", () => {
      cancelTimeout();
      webSocket.off("error", fail);
      onOpen(socket);
    });
  });
}

const MAX_REASON_LENGTH = 1000;

/** Reads the beginning of a response body as text, without the white space around it. */
function readReason(response: IncomingMessage, done: (reason: string) => void): void {
  let body = "";
  const finish = (): void => {
    response.off("data", onData).off("close", finish);
    done(body.slice(0, MAX_REASON_LENGTH).trim());
  };
  const onData = (text: string): void => {
    body += text;
    if (body.length >= MAX_REASON_LENGTH) finish();
  };
  response.setEncoding("utf8").on("data", onData).on("close", finish);
}
