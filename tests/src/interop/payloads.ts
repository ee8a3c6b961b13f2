import type { CodecName, Dict, Incoming, Outgoing } from "./clients/peer.js";

/** Values of every kind that all codecs and clients support, some of them nested. */
export const EVERYTHING: Required<Outgoing> = {
  args: [
    0,
    1,
    -1,
    255,
    -32_769,
    2 ** 31,
    2 ** 32 + 1,
    -(2 ** 40),
    2 ** 53 - 1,
    0.5,
    -1e-7,
    1.7e300,
    true,
    false,
    null,
    "",
    "text",
    'Grüße, Καλημέρα, こんにちは, שלום, 🚗🛣️ and " \\ / \n \u2028',
    [],
    {},
    [[1, [2, [3, []]]], { a: [{ b: { c: null } }] }],
    "x".repeat(70_000),
  ],
  kwargs: { "": 1, naïve: "ключ", __proto: { constructor: [], 0: "zero" }, list: [1, "two", { three: 3.5 }] },
};

/** Every possible byte once. */
export const BYTES: Uint8Array = Uint8Array.from({ length: 256 }, (_, index) => index);

export const MEBIBYTE: number = 1024 * 1024;

/**
 * Bytes as an application passes them to a client and gets them back. In JSON, both clients leave the encoding that the
 * specification describes to the application.
 */
export function binaryIn(codec: CodecName, bytes: Uint8Array): unknown {
  return codec === "json" ? `\0${Buffer.from(bytes).toString("base64")}` : bytes;
}

/** Converts all bytes to plain Uint8Arrays: some libraries return Buffers. */
export function comparable({ args, kwargs }: Incoming): Incoming {
  return { args: args.map(plainBytes), kwargs: plainBytes(kwargs) as Dict };
}

function plainBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(plainBytes);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plainBytes(member)]));
}
