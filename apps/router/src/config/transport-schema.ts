import { DEFAULT_MAX_BYTES, DEFAULT_OUTBOX_HIGH_WATER, DEFAULT_OUTBOX_LIMIT } from "@kreuz/codec";
import { z } from "zod";
import { bytes, choice, count, expected, flag, integer, list, milliseconds, section, text } from "./fields.js";
import { extensionFields } from "./extension-config.js";
import type { TlsConfig, TransportConfig } from "./transport-config.js";

const PATH = /^\/[^\s?#]*$/;

function pathText(example: string): z.ZodString {
  return z.string(expected(`a path such as ${example}`)).regex(PATH, expected(`a path such as ${example}`));
}

const keepAlive = section({
  intervalMs: milliseconds().default(30_000).describe("Time without data from a client before it is pinged."),
  timeoutMs: milliseconds().default(20_000).describe("Time limit for the pong; then the client is disconnected."),
});

const outbox = section({
  lowWaterBytes: bytes(0)
    .default(DEFAULT_OUTBOX_HIGH_WATER / 4)
    .describe("At or below this size, a slow client receives events again."),
  highWaterBytes: bytes()
    .default(DEFAULT_OUTBOX_HIGH_WATER)
    .describe("Above this size, a client counts as slow; see slowConsumer."),
  limitBytes: bytes().default(DEFAULT_OUTBOX_LIMIT).describe("Above this size, a client is disconnected."),
});

const unix = section({
  path: text("a path").describe("Path of the socket, relative to the config file."),
  mode: integer(0, 0o777, "permissions such as 0o660").optional().describe("File permissions, such as 0o660."),
});

/** The files of TLS, and what it demands. */
export const tlsSchema: z.ZodType<TlsConfig> = section({
  cert: text("a path").describe("PEM file with the certificate chain, relative to the config file."),
  key: text("a path").describe("PEM file with the private key."),
  ca: text("a path")
    .optional()
    .describe("PEM file with the authorities that client certificates are verified against."),
  requestCert: flag().default(false).describe("Requests a client certificate."),
  rejectUnauthorized: flag().default(true).describe("With requestCert, rejects clients without a valid certificate."),
  minVersion: choice(["TLSv1.2", "TLSv1.3"]).default("TLSv1.2").describe("Minimum TLS version."),
  ciphers: text("cipher suites")
    .optional()
    .describe(
      "Cipher suites in OpenSSL's notation. Default: those of TLS 1.3, and of TLS 1.2 those with ECDHE and AEAD.",
    ),
});

const longPoll = section({
  path: pathText("/longpoll").default("/longpoll").describe("Path of the long-poll endpoint."),
  receiveTimeoutMs: milliseconds().default(10_000).describe("Max time that a receive request waits for a message."),
  sessionTimeoutMs: milliseconds()
    .default(30_000)
    .describe("Max time between receive requests; then the client is disconnected."),
});

const route = section({
  path: pathText("/hook").describe("Path of the route, which gets all below it, too. The longest path that fits wins."),
  realm: text("the URI of a realm")
    .optional()
    .describe("Realm of the package, or of the plugin that offers it. Default: a plugin of the router offers it."),
  offer: text("what a plugin offers, such as audit-log/recent")
    .optional()
    .describe("What a plugin offers to be reached over HTTP: its name, a slash, and the name of the offer."),
  package: extensionFields.package.optional(),
  export: extensionFields.export,
  options: extensionFields.options,
  maxBodyBytes: bytes()
    .default(1024 * 1024)
    .describe("Max bytes of the body of a request; more get HTTP 413."),
  timeoutMs: milliseconds().default(30_000).describe("Time limit for the beginning of an answer; then HTTP 503."),
});

/** What limits connections and messages of every type of transport. */
const limits = {
  maxMessageBytes: bytes()
    .default(DEFAULT_MAX_BYTES)
    .describe("Max size of a received message. RawSocket rounds down to a power of two from 512 bytes to 16 MiB."),
  minPeerMessageBytes: bytes()
    .optional()
    .describe("Rejects RawSocket clients that accept only smaller messages. Default: 2048. Not for websocket."),
  maxConnections: count()
    .default(10_000)
    .describe("Max open connections; further ones get HTTP 503, or error 4 over RawSocket."),
  maxConnectionsPerAddress: count().optional().describe("Max open sockets per client address. Default: no limit."),
  maxPendingHandshakes: count()
    .default(10_000)
    .describe("Max sockets that have not completed the handshake; beyond it, the oldest is closed."),
  maxPendingHandshakesPerAddress: count()
    .optional()
    .describe("The same per client address, and per /64 network of IPv6. Default: half of maxPendingHandshakes."),
  handshakeTimeoutMs: milliseconds().default(5000).describe("Time limit for TLS and the transport handshake."),
  messageTimeoutMs: milliseconds()
    .default(30_000)
    .describe("Time limit for a message to arrive whole, plus one second for each 64 KiB that arrived."),
  closeTimeoutMs: milliseconds().default(5000).describe("Time limit for flushing and the closing handshake."),
};

/** An endpoint where clients connect. */
export const transportSchema: z.ZodType<TransportConfig> = section({
  type: choice(["websocket", "rawsocket", "universal"]).describe(
    "Type of transport: websocket, rawsocket, or universal for both on one port.",
  ),
  name: text("a name").optional().describe("The label listener of its metrics. Default: host and port, or the path."),
  host: text("a host name or address")
    .default("127.0.0.1")
    .describe("Address to listen on: 127.0.0.1 for this machine only, 0.0.0.0 for all networks."),
  port: integer(0, 65_535).default(8080).describe("TCP port; 0 for any free port."),
  fd: integer(3, 1024)
    .optional()
    .describe(
      "Descriptor of a socket that is open already, such as 3 with systemd's socket activation. Replaces host and port.",
    ),
  unix: unix.optional().describe("Unix socket to listen on. Replaces host and port."),
  realms: list(text("the name of a realm"), "a list of realms")
    .min(1, expected("at least one realm"))
    .optional()
    .describe("Realms that clients of this transport can join; to them, no other exists. Default: all."),
  tls: tlsSchema.optional().describe("Encrypts with TLS. SIGHUP reads the files again."),
  path: pathText("/ws").optional().describe("Path of the WebSocket endpoint. Default: /ws. Not for rawsocket."),
  allowedOrigins: list(text('an origin such as https://example.com, "null" or "*"'), "a list of origins")
    .optional()
    .describe(
      'Origins of web pages that may connect: exact ones such as https://example.com, "null", or "*" for any. ' +
        "Default: the same origin, and localhost. Clients that are not browsers may always connect. Not for rawsocket.",
    ),
  codecs: list(choice(["json", "msgpack", "cbor"]), "a list of codecs")
    .min(1, expected("at least one codec"))
    .default(["json", "msgpack", "cbor"])
    .describe("Codecs to offer. The client's first choice among them is used."),
  ...limits,
  trustedProxies: list(text("an address or a network"), "a list of addresses")
    .default([])
    .describe(
      "Proxies whose Forwarded, X-Forwarded-For, X-Real-IP and PROXY protocol headers are trusted: addresses, networks such as 10.0.0.0/8, or unix.",
    ),
  proxyProtocol: flag().default(false).describe("Expects the PROXY protocol, version 1 or 2, from trusted proxies."),
  keepAlive: z
    .union([z.literal(false, expected("false or a mapping")), keepAlive])
    .prefault({})
    .describe("Pings clients that send nothing; false turns it off."),
  compression: flag()
    .optional()
    .describe("Offers permessage-deflate, which costs memory and CPU. Default: false. Not for rawsocket."),
  routes: list(route, "a list of routes")
    .optional()
    .describe("Who answers plain HTTP requests, by path: packages, and what plugins offer. Not for rawsocket."),
  longPoll: longPoll.optional().describe("Also serves WAMP over HTTP long-poll. Not for rawsocket."),
  outbox: outbox.prefault({}).describe("Limits of the data that waits for a slow client."),
}).describe("An endpoint where clients connect.");
