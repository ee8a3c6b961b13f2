import {
  EMPTY_PAYLOAD,
  EncodedPayload,
  encodePayloadAs,
  type Dict,
  type Payload,
  type PayloadFormat,
} from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { WireError, type ByteReader } from "./byte-reader.js";
import type { ByteWriter } from "./byte-writer.js";

/** The formats of payloads by their number on the wire; 0 is an empty payload. */
const FORMATS: readonly PayloadFormat[] = [json, msgpack, cbor];
const NOTHING = new Uint8Array(0);
const EMPTY: Dict = Object.freeze({});

/** Writes options or details. Those without a member take one byte. */
export function writeDict(to: ByteWriter, value: object): void {
  let isEmpty = true;
  for (const _key in value) isEmpty = false;
  to.data(isEmpty ? NOTHING : msgpack.encodePayload({ args: [value] })!.bytes);
}

export function readDict<T extends object>(from: ByteReader): T {
  return decodeDict(from.data());
}

/** Reads what {@link writeDict} has written after its length. */
export function decodeDict<T extends object>(bytes: Uint8Array): T {
  if (bytes.length === 0) return EMPTY as T;
  const value = new EncodedPayload(msgpack, bytes, 1).args?.[0];
  if (typeof value !== "object" || value === null) throw new WireError("expected a dictionary");
  return value as T;
}

/** Writes a payload in the bytes that it has. */
export function writePayload(to: ByteWriter, payload: Payload): void {
  let encoded = payload instanceof EncodedPayload ? payload : encodePayloadAs(payload, msgpack);
  let format = encoded === undefined ? 0 : formatOf(encoded);
  if (format === 0 && encoded !== undefined) {
    // The format of a codec that only this node has.
    encoded = encoded.transcode(msgpack);
    format = encoded === undefined ? 0 : formatOf(encoded);
  }
  to.byte(format);
  if (encoded === undefined) return;
  to.byte(encoded.elements);
  to.data(encoded.bytes);
}

/** Reads a payload as a view of the message, which is to be detached where it is kept. */
export function readPayload(from: ByteReader): Payload {
  const number = from.byte();
  if (number === 0) return EMPTY_PAYLOAD;
  const format = FORMATS[number - 1];
  const elements = from.byte();
  const bytes = from.data();
  if (format === undefined) throw new WireError(`a payload has format ${number}, which this node does not know`);
  return new EncodedPayload(format, bytes, elements === 1 ? 1 : 2);
}

function formatOf({ format }: EncodedPayload): number {
  return FORMATS.findIndex(({ id }) => id === format.id) + 1;
}
