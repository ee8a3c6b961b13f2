import { EncodedPayload, encodePayloadAs, type Codec, type Payload } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import type { KeptEvent, StoredEvent } from "./event-store.js";

/** An event as bytes. How these lie in a record is up to each store. */
export interface PackedEvent {
  /** The number of the payload's format, which stays the same in all versions; 0: no payload. */
  readonly format: number;
  /** How many elements the payload has: 1 or 2; 0: none. */
  readonly elements: number;
  /** Everything but the payload, as JSON. */
  readonly about: Uint8Array;
  /** The payload as it arrived. A view: to be copied before the next turn. */
  readonly payload: Uint8Array;
}

/** Formats by their numbers, which are never used again. */
const FORMATS: readonly (Codec | undefined)[] = [undefined, json, msgpack, cbor];
const NOTHING = new Uint8Array(0);

/** Turns an event into bytes, for stores that keep bytes. */
export function packEvent({ payload, ...about }: KeptEvent): PackedEvent {
  const encoded = encode(payload);
  return {
    format: FORMATS.findIndex((format) => format?.id === encoded?.format.id),
    elements: encoded?.elements ?? 0,
    about: new TextEncoder().encode(JSON.stringify(about)),
    payload: encoded?.bytes ?? NOTHING,
  };
}

/**
 * Turns them into the event again. Its payload is a view of the bytes given.
 * @throws SyntaxError when they are damaged.
 */
export function unpackEvent({ format, elements, about, payload }: PackedEvent): Omit<StoredEvent, "bytes"> {
  const event = JSON.parse(new TextDecoder().decode(about)) as Omit<KeptEvent, "payload">;
  const codec = FORMATS[format];
  if (codec === undefined) return { ...event, payload: {} };
  return { ...event, payload: new EncodedPayload(codec, payload, elements === 2 ? 2 : 1) };
}

/** Payloads of other formats, and payloads from inside this process, become MessagePack, which loses nothing. */
function encode(payload: Payload): EncodedPayload | undefined {
  const known = payload instanceof EncodedPayload && FORMATS.some((format) => format?.id === payload.format.id);
  return known ? payload : encodePayloadAs(payload, msgpack);
}
