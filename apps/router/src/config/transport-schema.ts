import { DEFAULT_MAX_BYTES, DEFAULT_OUTBOX_HIGH_WATER, DEFAULT_OUTBOX_LIMIT } from "@kreuz/codec";
import { z } from "zod";
import { bytes, choice, count, expected, flag, integer, list, milliseconds, section, text } from "./fields.js";
import type { TransportConfig } from "./transport-config.js";

const PATH = /^\/[^\s?#]*$/;

function pathText(example: string): z.ZodString {
  return z.string(expected(`a path such as ${example}`)).regex(PATH, expected(`a path such as ${example}`));
}

const keepAlive = section({
  intervalMs: milliseconds().default(30_000).describe("Silence of a client before it is pinged."),
  timeoutMs: milliseconds().default(20_000).describe("Time for its answer; then it is disconnected."),
});

const outbox = section({
  lowWaterBytes: bytes(0)
    .default(DEFAULT_OUTBOX_HIGH_WATER / 4)
    .describe("At or below this, a slow client gets events again."),
  highWaterBytes: bytes()
    .default(DEFAULT_OUTBOX_HIGH_WATER)
    .describe("Above this, a client counts as slow: see slowConsumer."),
  limitBytes: bytes().default(DEFAULT_OUTBOX_LIMIT).describe("Above this, a client is disconnected."),
});

const unix = section({
  path: text("a path").describe("Path of the socket, relative to the config file."),
  mode: integer(0, 0o777, "permissions such as 0o660").optional().describe("Its permissions, such as 0o660."),
});

const tls = section({
  cert: text("a path").describe("PEM file of the certificate and those above it, relative to the config file."),
  key: text("a path").describe("PEM file of its key."),
  ca: text("a path").optional().describe("PEM file of the authorities whose client certificates are accepted."),
  requestCert: flag().default(false).describe("Asks clients for a certificate."),
  rejectUnauthorized: flag().default(true).describe("Refuses clients without a good one, where one is asked for."),
  minVersion: choice(["TLSv1.2", "TLSv1.3"]).default("TLSv1.2").describe("The oldest version of TLS."),
});

const longPoll = section({
  path: pathText("/longpoll").default("/longpoll").describe("Its path."),
  receiveTimeoutMs: milliseconds().default(10_000).describe("Time that a request for messages waits for one."),
  sessionTimeoutMs: milliseconds().default(30_000).describe("Time without such a request until a client is gone."),
});

/** One place where clients connect. */
export const transportSchema: z.ZodType<TransportConfig> = section({
  type: choice(["websocket", "rawsocket", "universal"]).describe(
    "Kind of transport: websocket, rawsocket, or universal for both on one port.",
  ),
  host: text("a host name or address")
    .default("127.0.0.1")
    .describe("Address to listen on. 127.0.0.1 is this machine only, 0.0.0.0 every network it is in."),
  port: integer(0, 65_535).default(8080).describe("TCP port; 0 takes any free one."),
  unix: unix.optional().describe("A Unix socket to listen on, instead of host and port."),
  tls: tls.optional().describe("Encrypts with TLS. The files are read again on SIGHUP."),
  path: pathText("/ws").optional().describe("Path of the WebSocket endpoint, /ws by default; not of rawsocket."),
  allowedOrigins: list(text('an origin such as https://example.com, "null" or "*"'), "a list of origins")
    .optional()
    .describe(
      'Origins of the web pages that may connect: exact ones such as https://example.com, "null", or "*" for any. ' +
        "By default the same origin, and pages of this machine. Clients that are no browsers always may. " +
        "Not of rawsocket.",
    ),
  codecs: list(choice(["json", "msgpack", "cbor"]), "a list of codecs")
    .min(1, expected("at least one codec"))
    .default(["json", "msgpack", "cbor"])
    .describe("Codecs to offer; of those that a client offers, its first one is taken."),
  maxMessageBytes: bytes()
    .default(DEFAULT_MAX_BYTES)
    .describe("Largest message that is read; over RawSocket the power of two at or below it, 512 bytes to 16 MiB."),
  minPeerMessageBytes: bytes()
    .optional()
    .describe("RawSocket clients that take less are refused; by default 512. Not of websocket."),
  maxConnections: count()
    .default(10_000)
    .describe("Open connections; more are refused with HTTP 503, or RawSocket's error 4."),
  maxConnectionsPerAddress: count()
    .optional()
    .describe("Sockets that one address may have open; by default there is no such limit."),
  maxPendingHandshakes: count().default(1000).describe("Sockets that may be before their handshake at one time."),
  trustedProxies: list(text("an address or a network"), "a list of addresses")
    .default([])
    .describe(
      "Addresses, networks such as 10.0.0.0/8, or unix, that are believed when they say whom they speak for " +
        "(X-Forwarded-For, PROXY protocol).",
    ),
  proxyProtocol: flag().default(false).describe("Trusted proxies begin with the PROXY protocol, version 1 or 2."),
  handshakeTimeoutMs: milliseconds().default(5000).describe("Time for TLS and the transport's handshake."),
  closeTimeoutMs: milliseconds().default(5000).describe("Time for flushing and the closing handshake."),
  keepAlive: z
    .union([z.literal(false, expected("false or a mapping")), keepAlive])
    .prefault({})
    .describe("Pings to silent clients; false for none."),
  compression: flag()
    .optional()
    .describe("Offers permessage-deflate; false by default. Costs memory and CPU. Not of rawsocket."),
  longPoll: longPoll.optional().describe("Serves WAMP over HTTP long-poll too, where it is there; not of rawsocket."),
  outbox: outbox.prefault({}).describe("How much may wait for a client that reads slowly."),
}).describe("A place where clients connect.");
