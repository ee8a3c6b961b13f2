import type { Codec } from "@kreuz/codec";
import type { CodecName } from "../servers/server-spec.js";

/** Max length of the opening bracket, the type, the first id and their delimiters. */
export const MAX_HEAD_BYTES = 24;

/** Reads and writes the first two elements of a message: the type and an id. */
export interface HeadFormat {
  /** Offset of the id in a message of type `type`. */
  idOffset(type: number): number;
  /** Length of the encoded id. */
  idLength(id: number): number;
  type(data: Buffer, at: number): number;
  /** The id; 0 if the second element is not a number, as in HELLO. */
  id(data: Buffer, at: number): number;
  /** Writes an id of `length` bytes to the start of `bytes`. */
  writeId(bytes: Uint8Array, id: number, length: number): void;
}

const ZERO = 48;
const isDigit = (byte: number): boolean => byte >= ZERO && byte < ZERO + 10;

const json: HeadFormat = {
  idOffset: (type) => 2 + String(type).length,
  idLength(id) {
    let length = 1;
    for (let rest = id; rest >= 10; rest = Math.floor(rest / 10)) length++;
    return length;
  },
  type: (data, at) => digits(data, at + 1),
  id: (data, at) => digits(data, data.indexOf(",", at) + 1),
  writeId(bytes, id, length) {
    let rest = id;
    for (let at = length - 1; at >= 0; at--) {
      bytes[at] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
  },
};

function digits(data: Buffer, from: number): number {
  let at = from;
  // Some servers write spaces between elements.
  while (data[at] === 32) at++;
  let value = 0;
  for (; isDigit(data[at]!); at++) value = value * 10 + data[at]! - ZERO;
  return value;
}

const msgpack: HeadFormat = {
  idOffset: () => 2,
  idLength: (id) => (id < 0x80 ? 1 : 1 + widthOf(id)),
  type: (data, at) => msgpackNumber(data, at + 1),
  // Some servers encode even the type in nine bytes.
  id: (data, at) => msgpackNumber(data, at + 1 + msgpackLength(data[at + 1]!)),
  writeId(bytes, id, length) {
    bytes[0] = length === 1 ? id : 0xcc + Math.log2(length - 1);
    if (length > 1) writeUnsigned(bytes, id, length);
  },
};

/** The number at `at`; 0 for any other value. */
function msgpackNumber(data: Buffer, at: number): number {
  const first = data[at]!;
  if (first < 0x80) return first;
  if (first === 0xcb) return data.readDoubleBE(at + 1);
  return first >= 0xcc && first <= 0xcf ? unsigned(data, at + 1, 1 << (first - 0xcc)) : 0;
}

function msgpackLength(first: number): number {
  if (first === 0xcb) return 9;
  return first >= 0xcc && first <= 0xcf ? 1 + (1 << (first - 0xcc)) : 1;
}

const cbor: HeadFormat = {
  idOffset: (type) => (type < 24 ? 2 : 3),
  idLength: (id) => (id < 24 ? 1 : 1 + widthOf(id)),
  type: (data, at) => (data[at + 1] === 0x18 ? data[at + 2]! : data[at + 1]!),
  id(data, at) {
    const from = at + (data[at + 1] === 0x18 ? 3 : 2);
    const first = data[from]!;
    if (first < 24) return first;
    if (first === 0xfb) return data.readDoubleBE(from + 1);
    return first >= 0x18 && first <= 0x1b ? unsigned(data, from + 1, 1 << (first - 0x18)) : 0;
  },
  writeId(bytes, id, length) {
    bytes[0] = length === 1 ? id : 0x18 + Math.log2(length - 1);
    if (length > 1) writeUnsigned(bytes, id, length);
  },
};

/** Bytes of the smallest unsigned integer that holds `id`. */
function widthOf(id: number): number {
  return id <= 0xff ? 1 : id <= 0xffff ? 2 : id <= 0xffff_ffff ? 4 : 8;
}

function unsigned(data: Buffer, at: number, width: number): number {
  return width <= 4 ? data.readUIntBE(at, width) : Number(data.readBigUInt64BE(at));
}

function writeUnsigned(bytes: Uint8Array, id: number, length: number): void {
  let rest = id;
  for (let at = length - 1; at > 0; at--) {
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

const HEAD_FORMATS: Readonly<Record<CodecName, HeadFormat>> = { json, msgpack, cbor };

/** Returns the head format of a codec. */
export function headFormatOf(codec: Codec): HeadFormat {
  return HEAD_FORMATS[codec.id as CodecName];
}
