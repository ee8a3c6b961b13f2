import type { ValueSink } from "./value-sink.js";

/** A dictionary in a message: options, details or keyword arguments. */
export type Dict = Readonly<Record<string, unknown>>;

/** The application payload of a message. The router forwards it unread; a payload from a frame is decoded on first access. */
export interface Payload {
  /** Positional arguments (`Arguments|list`). */
  readonly args?: readonly unknown[] | undefined;
  /** Keyword arguments (`ArgumentsKw|dict`). */
  readonly kwargs?: Dict | undefined;
  /** An opaque payload: one binary value or string in place of `Arguments`, announced by the option `enc_algo`. */
  readonly opaque?: Uint8Array | string | undefined;
}

/** The part of a codec that handles payloads alone. */
export interface PayloadFormat {
  /** Short name: `json`, `msgpack` or `cbor`. Codecs with the same id exchange payloads in encoded form. */
  readonly id: string;
  /** Decodes a payload that this format encoded or cut from a frame. */
  decodePayload(payload: EncodedPayload): Payload;
  /**
   * Hands the elements of a payload that this format encoded or cut from a frame to another format, without creating
   * values. Where it is missing, the payload is decoded.
   */
  readPayload?(payload: EncodedPayload, sink: ValueSink): void;
  /** Encodes the elements that follow the header. @returns `undefined` when the payload is empty. */
  encodePayload(payload: Payload): EncodedPayload | undefined;
}

/** The payload of a message that has none. */
export const EMPTY_PAYLOAD: Payload = Object.freeze({});

/**
 * The payload of a frame in the bytes in which it arrived. Forwarded unread to peers with the same format, transcoded at
 * most once for each other format.
 */
export class EncodedPayload implements Payload {
  readonly format: PayloadFormat;
  /** The elements without the brackets of the message; in JSON with the comma between them. */
  readonly bytes: Uint8Array;
  /** Number of elements in `bytes`: 1 (args) or 2 (args and kwargs). */
  readonly elements: 1 | 2;
  #decoded: Payload | undefined;
  #transcoded: EncodedPayload[] | undefined;

  constructor(format: PayloadFormat, bytes: Uint8Array, elements: 1 | 2) {
    this.format = format;
    this.bytes = bytes;
    this.elements = elements;
  }

  get args(): readonly unknown[] | undefined {
    return this.#decode().args;
  }

  get kwargs(): Dict | undefined {
    return this.#decode().kwargs;
  }

  get opaque(): Uint8Array | string | undefined {
    return this.#decode().opaque;
  }

  /** Copies the payload into memory of its own. For keeping: `bytes` may be a view of a much larger buffer. */
  detach(): EncodedPayload {
    return new EncodedPayload(this.format, new Uint8Array(this.bytes), this.elements);
  }

  /** Converts the payload to another format. @returns this object when it has that format already. */
  transcode(format: PayloadFormat): EncodedPayload | undefined {
    if (format.id === this.format.id) return this;
    for (const known of this.#transcoded ?? []) if (known.format.id === format.id) return known;
    const transcoded = format.encodePayload(this);
    if (transcoded !== undefined) (this.#transcoded ??= []).push(transcoded);
    return transcoded;
  }

  /** Decodes the elements. Called at most once. */
  protected decodeElements(): Payload {
    return this.format.decodePayload(this);
  }

  #decode(): Payload {
    return (this.#decoded ??= this.decodeElements());
  }
}

/** Encodes a payload in a format at the lowest cost. @returns `undefined` when the payload is empty. */
export function encodePayloadAs(payload: Payload, format: PayloadFormat): EncodedPayload | undefined {
  if (payload === EMPTY_PAYLOAD) return undefined;
  return payload instanceof EncodedPayload ? payload.transcode(format) : format.encodePayload(payload);
}

/** Whether a payload has neither positional nor keyword arguments (spec: "Empty Arguments and Keyword Arguments"). */
export function isEmptyPayload(payload: Payload): boolean {
  if (payload === EMPTY_PAYLOAD) return true;
  if (payload instanceof EncodedPayload || payload.opaque !== undefined) return false;
  return isEmpty(payload.args) && isEmpty(payload.kwargs);
}

function isEmpty(values: object | undefined): boolean {
  if (values === undefined) return true;
  for (const _key in values) return false;
  return true;
}
