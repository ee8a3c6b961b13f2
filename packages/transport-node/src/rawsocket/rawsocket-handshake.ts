import { type Codec, ConfigError } from "@kreuz/codec";

/** The first octet of a handshake. No HTTP request and no TLS handshake begins with it. */
export const MAGIC = 0x7f;
export const HANDSHAKE_BYTES = 4;
/** The smallest maximum message length that can be announced, in bytes: 2^9. */
export const MIN_ANNOUNCED_BYTES = 512;

/** Why a handshake is refused: the error in the router's reply (spec: "RawSocket Transport"). */
export const RawSocketError = {
  SERIALIZER_UNSUPPORTED: 1,
  LENGTH_UNACCEPTABLE: 2,
  RESERVED_BITS: 3,
  MAX_CONNECTIONS: 4,
} as const;

const ERROR_TEXTS: Readonly<Record<number, string>> = {
  1: "serializer unsupported",
  2: "maximum message length unacceptable",
  3: "use of reserved bits",
  4: "maximum connection count reached",
};

export function errorText(code: number): string {
  return ERROR_TEXTS[code] ?? `error ${code}`;
}

const SERIALIZERS: Readonly<Record<string, number>> = { json: 1, msgpack: 2, cbor: 3, ubjson: 4, flatbuffers: 5 };

/** Codecs by the serializer number in a handshake. */
export type SerializerTable = ReadonlyMap<number, Codec>;

/** @throws ConfigError when there is no codec, or when the specification has no number for one of them. */
export function serializerTable(codecs: readonly Codec[]): SerializerTable {
  if (codecs.length === 0) throw new ConfigError("codecs", "expected at least one codec");
  return new Map(codecs.map((codec) => [serializerOf(codec), codec]));
}

/** @throws ConfigError when the specification has no number for the codec. */
export function serializerOf({ id }: Codec): number {
  const serializer = SERIALIZERS[id];
  if (serializer === undefined)
    throw new ConfigError(
      "codecs",
      `RawSocket has no number for the codec ${id}, only for ${Object.keys(SERIALIZERS).join(", ")}`,
    );
  return serializer;
}

/** The largest maximum that can be announced and is not above `bytes`: a power of two from 2^9 to 2^24. */
export function announcedMaximum(bytes: number): number {
  if (bytes < MIN_ANNOUNCED_BYTES)
    throw new ConfigError("maxMessageBytes", `RawSocket can announce ${MIN_ANNOUNCED_BYTES} or more, got ${bytes}`);
  return 2 ** Math.min(24, Math.floor(Math.log2(bytes)));
}

/** A request, or the reply that grants it. `maxBytes` is the sender's maximum, a power of two. */
export function encodeHandshake(maxBytes: number, serializer: number): Uint8Array {
  const length = Math.log2(maxBytes) - 9;
  return Uint8Array.of(MAGIC, (length << 4) | serializer, 0, 0);
}

export function encodeRefusal(error: number): Uint8Array {
  return Uint8Array.of(MAGIC, error << 4, 0, 0);
}

/** The fields of a request or of a reply. */
export interface RawSocketHandshake {
  readonly magic: boolean;
  /** Longest message that the sender accepts, in bytes. */
  readonly maxBytes: number;
  /** 0 in a refusal. */
  readonly serializer: number;
  /** The error of a refusal. It has the same bits as {@link maxBytes}. */
  readonly error: number;
  /** Reserved bits are set. */
  readonly reserved: boolean;
}

export function decodeHandshake(octets: Uint8Array): RawSocketHandshake {
  const [first = 0, second = 0, third = 0, fourth = 0] = octets;
  return {
    magic: first === MAGIC,
    maxBytes: 2 ** ((second >> 4) + 9),
    serializer: second & 0x0f,
    error: second >> 4,
    reserved: third !== 0 || fourth !== 0,
  };
}
