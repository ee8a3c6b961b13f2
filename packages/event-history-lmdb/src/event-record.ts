import { EncodedPayload, encodePayloadAs, type Codec, type Payload } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import type { KeptEvent, StoredEvent } from "@kreuz/event-history";

// An event as bytes: a fixed part, then what is known about the event as JSON, then the payload as it arrived.
//   0  version          1  format of the payload   2  its elements   3  nothing
//   4  start (float64)  12 length of the JSON (uint32)

const VERSION = 1;
const FIXED = 16;
/** What a record calls them; a number that was given is never given again. */
const FORMATS: readonly (Codec | undefined)[] = [undefined, json, msgpack, cbor];

/**
 * @param start - how many bytes all records before this one had: so the first and the last tell how many there are.
 */
export function encodeRecord({ payload, ...about }: KeptEvent, start: number): Uint8Array {
  const encoded = encode(payload);
  const description = new TextEncoder().encode(JSON.stringify(about));
  const record = new Uint8Array(FIXED + description.length + (encoded?.bytes.length ?? 0));
  record[0] = VERSION;
  record[1] = FORMATS.findIndex((format) => format?.id === encoded?.format.id);
  record[2] = encoded?.elements ?? 0;
  const view = new DataView(record.buffer);
  view.setFloat64(4, start);
  view.setUint32(12, description.length);
  record.set(description, FIXED);
  if (encoded !== undefined) record.set(encoded.bytes, FIXED + description.length);
  return record;
}

/** @throws Error when the record was written by a later version. */
export function decodeRecord(record: Uint8Array): StoredEvent {
  const [version, format = 0, elements] = record;
  if (version !== VERSION) throw new Error(`an event in the store has version ${version}, expected ${VERSION}`);
  const end = FIXED + viewOf(record).getUint32(12);
  const about = JSON.parse(new TextDecoder().decode(record.subarray(FIXED, end))) as Omit<KeptEvent, "payload">;
  const codec = FORMATS[format];
  if (codec === undefined) return { ...about, payload: {}, bytes: record.length };
  // A view of its own class: Node's Buffer copies and slices in other ways than a Uint8Array.
  const bytes = new Uint8Array(record.buffer, record.byteOffset + end, record.length - end);
  return { ...about, payload: new EncodedPayload(codec, bytes, elements === 2 ? 2 : 1), bytes: record.length };
}

/** How many bytes all records before this one had. */
export function startOf(record: Uint8Array): number {
  return viewOf(record).getFloat64(4);
}

/** Formats that a record cannot name, and payloads from inside this process, become MessagePack, which loses nothing. */
function encode(payload: Payload): EncodedPayload | undefined {
  const known = payload instanceof EncodedPayload && FORMATS.some((format) => format?.id === payload.format.id);
  return known ? payload : encodePayloadAs(payload, msgpack);
}

function viewOf(record: Uint8Array): DataView {
  return new DataView(record.buffer, record.byteOffset, record.length);
}
