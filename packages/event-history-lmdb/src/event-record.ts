import { crc32 } from "node:zlib";
import type { KeptEvent, StoredEvent } from "@kreuz/event-history";
import { packEvent, unpackEvent } from "@kreuz/event-history/packed";

// The record of an event: a header, the event without its payload as JSON, the payload as it arrived.
//   byte 0  version            byte 1  format of the payload   byte 2  number of payload elements   byte 3  unused
//   byte 4  offset (float64)   byte 12 length of the JSON (uint32)
//   byte 16 CRC-32 of all bytes after the header (uint32); since version 2

const VERSION = 2;
const HEADER_LENGTHS: readonly (number | undefined)[] = [undefined, 16, 20];
const HEADER_LENGTH = 20;
const OFFSET_AT = 4;
const LENGTH_AT = 12;
const CHECKSUM_AT = 16;

/** Encodes an event into memory of its own. The offset is set when it is stored. */
export function encodeRecord(event: KeptEvent): Uint8Array {
  const { format, elements, about, payload } = packEvent(event);
  const record = new Uint8Array(HEADER_LENGTH + about.length + payload.length);
  record[0] = VERSION;
  record[1] = format;
  record[2] = elements;
  record.set(about, HEADER_LENGTH);
  record.set(payload, HEADER_LENGTH + about.length);
  const view = viewOf(record);
  view.setUint32(LENGTH_AT, about.length);
  view.setUint32(CHECKSUM_AT, crc32(record.subarray(HEADER_LENGTH)));
  return record;
}

/** Decodes an event. @throws Error when the record is damaged, or a later version of this package wrote it. */
export function decodeRecord(record: Uint8Array): StoredEvent {
  const [version = 0, format = 0, elements = 0] = record;
  const headerLength = HEADER_LENGTHS[version];
  if (headerLength === undefined)
    throw new Error(
      `event record: version ${version}, expected ${VERSION}; it is damaged, or a later version of this package wrote it`,
    );
  const view = viewOf(record);
  if (version >= 2 && crc32(record.subarray(headerLength)) !== view.getUint32(CHECKSUM_AT))
    throw new Error("event record: damaged, its checksum does not match");
  const end = headerLength + view.getUint32(LENGTH_AT);
  // A Uint8Array, not the Buffer from LMDB, whose `slice` does not copy.
  const payload = new Uint8Array(record.buffer, record.byteOffset + end, record.length - end);
  return {
    ...unpackEvent({ format, elements, about: record.subarray(headerLength, end), payload }),
    bytes: record.length,
  };
}

/** The bytes of all records before this one. With it, the first and the last record tell the size of all. */
export function offsetOf(record: Uint8Array): number {
  return viewOf(record).getFloat64(OFFSET_AT);
}

export function setOffset(record: Uint8Array, offset: number): void {
  viewOf(record).setFloat64(OFFSET_AT, offset);
}

function viewOf(record: Uint8Array): DataView {
  return new DataView(record.buffer, record.byteOffset, record.length);
}
