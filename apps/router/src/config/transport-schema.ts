import { DEFAULT_MAX_BYTES, DEFAULT_OUTBOX_HIGH_WATER, DEFAULT_OUTBOX_LIMIT } from "@kreuz/codec";
import { z } from "zod";
import type { WebSocketConfig } from "./config.js";
import { bytes, choice, count, expected, flag, integer, list, milliseconds, section, text } from "./fields.js";

const PATH = /^\/[^\s?#]*$/;

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

/** WAMP over WebSocket. */
export const webSocketSchema: z.ZodType<WebSocketConfig> = section({
  type: z.literal("websocket", expected("websocket")).describe("Kind of transport: websocket."),
  host: text("a host name or address")
    .default("127.0.0.1")
    .describe("Address to listen on. 127.0.0.1 is this machine only, 0.0.0.0 every network it is in."),
  port: integer(0, 65_535).default(8080).describe("TCP port; 0 takes any free one."),
  path: z
    .string(expected("a path such as /ws"))
    .regex(PATH, expected("a path such as /ws"))
    .default("/ws")
    .describe("Path of the endpoint."),
  allowedOrigins: list(text('an origin such as https://example.com, "null" or "*"'), "a list of origins")
    .optional()
    .describe(
      'Origins of the web pages that may connect: exact ones such as https://example.com, "null", or "*" for any. ' +
        "By default the same origin, and pages of this machine. Clients that are no browsers always may.",
    ),
  codecs: list(choice(["json", "msgpack", "cbor"]), "a list of codecs")
    .min(1, expected("at least one codec"))
    .default(["json", "msgpack", "cbor"])
    .describe("Codecs to offer; of those that a client offers, its first one is taken."),
  maxMessageBytes: bytes().default(DEFAULT_MAX_BYTES).describe("Largest message that is read."),
  maxConnections: count().default(10_000).describe("Open connections; more are refused with HTTP 503."),
  maxPendingHandshakes: count()
    .default(1000)
    .describe("Sockets that may be before their WebSocket handshake at one time."),
  handshakeTimeoutMs: milliseconds().default(5000).describe("Time for the WebSocket handshake."),
  closeTimeoutMs: milliseconds().default(5000).describe("Time for flushing and the closing handshake."),
  keepAlive: z
    .union([z.literal(false, expected("false or a mapping")), keepAlive])
    .prefault({})
    .describe("Pings to silent clients; false for none."),
  compression: flag().default(false).describe("Offers permessage-deflate. Costs memory and CPU."),
  outbox: outbox.prefault({}).describe("How much may wait for a client that reads slowly."),
}).describe("WAMP over WebSocket.");
