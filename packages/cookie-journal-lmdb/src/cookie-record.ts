import { crc32 } from "node:zlib";
import type { CookieIdentity, CookieRecord } from "@kreuz/auth";

// A record on disk: CRC-32 of what follows (uint32), then JSON.
const CHECKSUM_LENGTH = 4;

export function encodeRecord(record: CookieRecord): Buffer {
  const json = Buffer.from(JSON.stringify(record));
  const encoded = Buffer.alloc(CHECKSUM_LENGTH + json.length);
  encoded.writeUInt32BE(crc32(json));
  json.copy(encoded, CHECKSUM_LENGTH);
  return encoded;
}

/** @returns `undefined` when the record is damaged. */
export function decodeRecord(encoded: Buffer): CookieRecord | undefined {
  const json = encoded.subarray(CHECKSUM_LENGTH);
  if (encoded.length <= CHECKSUM_LENGTH || crc32(json) !== encoded.readUInt32BE()) return undefined;
  const { end, identities, successor } = JSON.parse(json.toString()) as CookieRecord;
  return {
    end,
    // Without a prototype: a realm may have any name.
    ...(identities === undefined
      ? {}
      : { identities: Object.assign(Object.create(null), identities) as Record<string, CookieIdentity> }),
    ...(successor === undefined ? {} : { successor }),
  };
}
