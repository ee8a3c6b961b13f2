import { connect, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { Acceptor, Codec, Connection } from "@kreuz/codec";
import { Flusher } from "../output/flusher.js";
import { PlainWriter } from "../output/socket-writer.js";
import { Framer } from "../output/framer.js";
import { peerAddress } from "../connection/peer-address.js";
import { RawSocketConnection } from "./rawsocket-connection.js";
import { rawSocketFraming } from "./rawsocket-framing.js";
import {
  announcedMaximum,
  decodeHandshake,
  encodeHandshake,
  errorText,
  HANDSHAKE_BYTES,
  type RawHandshake,
  serializerOf,
} from "./rawsocket-handshake.js";
import { readStart } from "../server/read-start.js";
import { tlsEvidence } from "../tls/tls-evidence.js";
import { type ClientTlsOptions, clientTls } from "../tls/tls-options.js";
import { type TransportOptions, transportSettings } from "../connection/transport-settings.js";

/** Options of {@link connectRawSocket}. */
export interface RawSocketConnectOptions extends TransportOptions {
  /** RawSocket lets a client ask for one. */
  readonly codec: Codec;
  /** TLS, for `rss://` and `rss+unix:`. */
  readonly tls?: ClientTlsOptions;
}

/** The router answered the handshake with an error. */
export class RawSocketRefusedError extends Error {
  override readonly name = "RawSocketRefusedError";
  /** The error of the reply: 1 serializer, 2 length, 3 reserved bits, 4 connections. */
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
 * @throws RawSocketRefusedError, or the Error that kept the connection from opening.
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
  const { socket, tls } = open(url, options.tls);
  return new Promise((resolve, reject) => {
    let failure: Error | undefined;
    const onError = (error: Error): void => {
      failure ??= error;
    };
    const onClose = (): void => {
      cancelTimeout();
      reject(failure ?? new Error("the router closed the connection before the RawSocket handshake was over"));
    };
    const fail = (error: Error): void => {
      failure ??= error;
      socket.destroy();
    };
    const cancelTimeout = settings.clock.schedule(settings.handshakeTimeout, () => {
      settings.onLimit("handshake-timeout");
      fail(new Error(`no answer to the RawSocket handshake within ${settings.handshakeTimeout} ms`));
    });
    socket.on("error", onError).on("close", onClose);
    socket.write(encodeHandshake(maxMessageBytes, serializer));
    readStart(socket, (data) => {
      if (data.length < HANDSHAKE_BYTES) return "more";
      const reply = decodeHandshake(data);
      const problem = problemOf(reply, serializer);
      if (problem !== undefined) return fail(problem);
      cancelTimeout();
      socket.off("error", onError).off("close", onClose);
      const flusher = new Flusher();
      const connection = new RawSocketConnection({
        socket,
        codec,
        peer: peerAddress(socket),
        tls,
        evidence: tls ? tlsEvidence(socket as TLSSocket, false) : undefined,
        maxMessageBytes,
        peerMaxBytes: reply.maxBytes,
        writer: new PlainWriter(socket, new Framer(rawSocketFraming, flusher)),
        flusher,
        settings,
      });
      connection.admit(acceptor, data.subarray(HANDSHAKE_BYTES));
      resolve(connection);
      return undefined;
    });
  });
}

function problemOf(reply: RawHandshake, serializer: number): Error | undefined {
  if (!reply.magic) return new Error("the server does not speak RawSocket");
  if (reply.reserved) return new Error("the router used reserved bits in its RawSocket handshake");
  if (reply.serializer === 0) return new RawSocketRefusedError(reply.error);
  if (reply.serializer !== serializer) return new Error("the router chose a serializer that it was not asked for");
  return undefined;
}

const UNIX = /^rss?\+unix:(.+)$/;

function open(url: string, tlsOptions?: ClientTlsOptions): { readonly socket: Socket; readonly tls: boolean } {
  const path = UNIX.exec(url)?.[1];
  const tls = url.startsWith("rss");
  if (path === undefined && !/^rss?:\/\/[^/]+:\d+\/?$/.test(url))
    throw new TypeError(`expected rs://host:port, rss://host:port, rs+unix:/path or rss+unix:/path, got ${url}`);
  const place = path === undefined ? hostAndPort(url) : { path };
  return {
    tls,
    socket: tls ? connectTls({ ...clientTls(tlsOptions), ...place }) : connect({ noDelay: true, ...place }),
  };
}

function hostAndPort(url: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(url.replace(/^rss?:/, "http:"));
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 80) };
}
