import { connect, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import type { Acceptor, Codec, Connection } from "@kreuz/codec";
import { peerOf } from "../connection/peer-address.js";
import { type TransportOptions, type TransportSettings, transportSettings } from "../connection/transport-settings.js";
import { Pace } from "../connection/pace.js";
import { Framer } from "../output/framer.js";
import { readStart } from "../server/accepted-socket.js";
import { tlsEvidence } from "../tls/tls-evidence.js";
import { type ClientTlsOptions, clientTls } from "../tls/tls-options.js";
import { RawSocketConnection } from "./rawsocket-connection.js";
import { rawSocketFraming } from "./rawsocket-framing.js";
import {
  announcedMaximum,
  decodeHandshake,
  encodeHandshake,
  errorText,
  HANDSHAKE_BYTES,
  type RawSocketHandshake,
  serializerOf,
} from "./rawsocket-handshake.js";

/** Options of {@link connectRawSocket}. */
export interface RawSocketConnectOptions extends TransportOptions {
  /** The codec to ask for: a RawSocket client offers only one. */
  readonly codec: Codec;
  /** TLS, for `rss://` and `rss+unix:`. */
  readonly tls?: ClientTlsOptions;
}

/** The router answered the handshake with an error. */
export class RawSocketRefusedError extends Error {
  override readonly name = "RawSocketRefusedError";
  /** The error in the reply: 1 serializer, 2 length, 3 reserved bits, 4 connections. */
  readonly code: number;

  constructor(code: number) {
    super(`the router refused the RawSocket handshake: ${errorText(code)}`);
    this.code = code;
  }
}

/**
 * Connects to a WAMP router over RawSocket, for tests and tools (spec: "RawSocket Transport").
 *
 * @param url - `rs://host:port`, `rss://host:port` with TLS, `rs+unix:/path` or `rss+unix:/path`.
 * @param acceptor - asked for the connection's handler before anything can arrive.
 * @returns the connection that `acceptor` was called with.
 * @throws RawSocketRefusedError, or the Error that prevented the connection.
 */
export function connectRawSocket(
  url: string,
  acceptor: Acceptor,
  options: RawSocketConnectOptions,
): Promise<Connection> {
  const settings = transportSettings(options);
  const { codec } = options;
  const serializer = serializerOf(codec);
  const maxMessageBytes = announcedMaximum(settings.maxMessageBytes);
  const socket = openSocket(url, options.tls);
  return new Promise((resolve, reject) => {
    socket.write(encodeHandshake(maxMessageBytes, serializer));
    // Not by a promise: the first frame may have arrived with the reply.
    awaitReply(socket, serializer, settings, reject, (reply, rest) => {
      const tls = socket instanceof TLSSocket;
      const pace = new Pace(settings.stopwatch);
      const connection = new RawSocketConnection({
        socket,
        codec,
        peer: peerOf(socket),
        tls,
        evidence: tls ? tlsEvidence(socket, false) : undefined,
        maxMessageBytes,
        peerMaxBytes: reply.maxBytes,
        framer: new Framer(rawSocketFraming, pace.flusher),
        flusher: pace.flusher,
        pace,
        account: undefined,
        settings,
      });
      connection.admit(acceptor, rest);
      resolve(connection);
    });
  });
}

/** Waits for a reply that grants the handshake, but not longer than the settings allow. */
function awaitReply(
  socket: Socket,
  serializer: number,
  { clock, handshakeTimeout, onLimit }: TransportSettings,
  onFailure: (error: Error) => void,
  onGranted: (reply: RawSocketHandshake, rest: Buffer) => void,
): void {
  let failure: Error | undefined;
  const onError = (error: Error): void => {
    failure ??= error;
  };
  const onClose = (): void => {
    cancelTimeout();
    onFailure(failure ?? new Error("the router closed the connection before the RawSocket handshake was over"));
  };
  const fail = (error: Error): void => {
    failure ??= error;
    socket.destroy();
  };
  const cancelTimeout = clock.schedule(handshakeTimeout, () => {
    onLimit("handshake-timeout");
    fail(new Error(`no answer to the RawSocket handshake within ${handshakeTimeout} ms`));
  });
  socket.on("error", onError).on("close", onClose);
  readStart(socket, (data) => {
    if (data.length < HANDSHAKE_BYTES) return "more";
    const reply = decodeHandshake(data);
    const error = checkReply(reply, serializer);
    if (error !== undefined) return fail(error);
    cancelTimeout();
    socket.off("error", onError).off("close", onClose);
    onGranted(reply, data.subarray(HANDSHAKE_BYTES));
    return undefined;
  });
}

function checkReply(reply: RawSocketHandshake, serializer: number): Error | undefined {
  if (!reply.magic) return new Error("the server does not speak RawSocket");
  if (reply.reserved) return new Error("the router used reserved bits in its RawSocket handshake");
  if (reply.serializer === 0) return new RawSocketRefusedError(reply.error);
  if (reply.serializer !== serializer) return new Error("the router chose a serializer that was not requested");
  return undefined;
}

const UNIX_URL = /^rss?\+unix:(.+)$/;

function openSocket(url: string, tlsOptions?: ClientTlsOptions): Socket {
  const path = UNIX_URL.exec(url)?.[1];
  if (path === undefined && !/^rss?:\/\/[^/]+:\d+\/?$/.test(url))
    throw new TypeError(`expected rs://host:port, rss://host:port, rs+unix:/path or rss+unix:/path, got ${url}`);
  const place = path === undefined ? hostAndPort(url) : { path };
  return url.startsWith("rss")
    ? connectTls({ ...clientTls(tlsOptions), ...place })
    : connect({ noDelay: true, ...place });
}

function hostAndPort(url: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(url.replace(/^rss?:/, "http:"));
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 80) };
}
