import { packEvent, unpackEvent } from "@kreuz/event-history/packed";
import type { KeptEvent, StoredEvent } from "@kreuz/event-history";

// The record of an event: a header, the event without its payload as JSON, the payload as it arrived.
//   byte 0  version            byte 1  format of the payload   byte 2  number of payload elements   byte 3  unused
//   byte 4  length of the JSON (uint32)

const VERSION = 1;
const HEADER_LENGTH = 8;
const LENGTH_AT = 4;

/** Encodes an event into memory of its own. */
export function encodeRecord(event: KeptEvent): Uint8Array {
  const { format, elements, about, payload } = packEvent(event);
  const record = new Uint8Array(HEADER_LENGTH + about.length + payload.length);
  record.set([VERSION, format, elements]);
  new DataView(record.buffer).setUint32(LENGTH_AT, about.length);
  record.set(about, HEADER_LENGTH);
  record.set(payload, HEADER_LENGTH + about.length);
  return record;
}

/** Decodes an event. @throws Error when a later version of this package wrote it. */
export function decodeRecord(record: Uint8Array): StoredEvent {
  const [version, format = 0, elements = 0] = record;
  if (version !== VERSION)
    throw new Error(`event record: version ${version}, expected ${VERSION}; a later version of this package wrote it`);
  const end = HEADER_LENGTH + new DataView(record.buffer, record.byteOffset).getUint32(LENGTH_AT);
  const about = record.subarray(HEADER_LENGTH, end);
  return { ...unpackEvent({ format, elements, about, payload: record.slice(end) }), bytes: record.length };
}
