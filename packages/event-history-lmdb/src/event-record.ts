import { EncodedPayload, encodePayloadAs, type Codec, type Payload } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import type { KeptEvent, StoredEvent } from "@kreuz/event-history";

// The record of an event: a header, the event without its payload as JSON, the payload as it arrived.
//   byte 0  version            byte 1  format of the payload   byte 2  number of payload elements   byte 3  unused
//   byte 4  offset (float64)   byte 12 length of the JSON (uint32)

const VERSION = 1;
const HEADER_LENGTH = 16;
/** Formats by their number in a record. Numbers are never reused. */
const FORMATS: readonly (Codec | undefined)[] = [undefined, json, msgpack, cbor];

/**
 * Encodes an event.
 *
 * @param offset - bytes of all records before this one. With it, the first and the last record tell the size of all.
 */
export function encodeRecord({ payload, ...about }: KeptEvent, offset: number): Uint8Array {
  const encoded = encode(payload);
  const description = new TextEncoder().encode(JSON.stringify(about));
  const record = new Uint8Array(HEADER_LENGTH + description.length + (encoded?.bytes.length ?? 0));
  record[0] = VERSION;
  record[1] = FORMATS.findIndex((format) => format?.id === encoded?.format.id);
  record[2] = encoded?.elements ?? 0;
  const view = new DataView(record.buffer);
  view.setFloat64(4, offset);
  view.setUint32(12, description.length);
  record.set(description, HEADER_LENGTH);
  if (encoded !== undefined) record.set(encoded.bytes, HEADER_LENGTH + description.length);
  return record;
}

/** Decodes an event. @throws Error when a later version of this package wrote the record. */
export function decodeRecord(record: Uint8Array): StoredEvent {
  const [version, format = 0, elements] = record;
  if (version !== VERSION)
    throw new Error(`event record: version ${version}, expected ${VERSION}; a later version of this package wrote it`);
  const end = HEADER_LENGTH + viewOf(record).getUint32(12);
  const about = JSON.parse(new TextDecoder().decode(record.subarray(HEADER_LENGTH, end))) as Omit<KeptEvent, "payload">;
  const codec = FORMATS[format];
  if (codec === undefined) return { ...about, payload: {}, bytes: record.length };
  // A Uint8Array, not the Buffer from LMDB, whose `slice` does not copy.
  const bytes = new Uint8Array(record.buffer, record.byteOffset + end, record.length - end);
  return { ...about, payload: new EncodedPayload(codec, bytes, elements === 2 ? 2 : 1), bytes: record.length };
}

/** The bytes of all records before this one. */
export function offsetOf(record: Uint8Array): number {
  return viewOf(record).getFloat64(4);
}

/** Payloads of other formats, and payloads from inside this process, become MessagePack, which loses nothing. */
function encode(payload: Payload): EncodedPayload | undefined {
  const known = payload instanceof EncodedPayload && FORMATS.some((format) => format?.id === payload.format.id);
  return known ? payload : encodePayloadAs(payload, msgpack);
}

function viewOf(record: Uint8Array): DataView {
  return new DataView(record.buffer, record.byteOffset, record.length);
}
