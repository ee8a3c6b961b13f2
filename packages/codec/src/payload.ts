/**
 * The application payload of a message. The router carries it and does not read it: the two members are decoded on
 * first touch when the payload came from a frame.
 */
export interface Payload {
  /** Positional elements (`Arguments|list`). */
  readonly args?: readonly unknown[] | undefined;
  /** Keyword elements (`ArgumentsKw|dict`). */
  readonly kwargs?: Readonly<Record<string, unknown>> | undefined;
  /**
   * Payload in transparent mode: one opaque binary (or string) in the place of `Arguments`, announced by the
   * `enc_algo` option. Not read by anyone but the peers.
   */
  readonly opaque?: Uint8Array | string | undefined;
}

/** The part of a codec that deals with payloads alone. */
export interface PayloadFormat {
  /** Short name: `json`, `msgpack`, `cbor`. Payload bytes are spliced between codecs of the same id. */
  readonly id: string;
  /** Decodes the elements in `bytes`, as cut from a frame by this format. */
  decodePayload(payload: EncodedPayload): Payload;
  /** Encodes to the elements that follow the header; `undefined` when there is nothing to send. */
  encodePayload(payload: Payload): EncodedPayload | undefined;
}

/** A message without payload. */
export const EMPTY_PAYLOAD: Payload = Object.freeze({});

/**
 * The payload elements of one frame, still in the bytes they arrived in. Forwarded unread to peers with the same
 * format; transcoded at most once per other format.
 */
export class EncodedPayload implements Payload {
  readonly format: PayloadFormat;
  /** The elements, without the brackets of the message (JSON keeps the comma between them). */
  readonly bytes: Uint8Array;
  /** How many message elements `bytes` holds: 1 (args) or 2 (args and kwargs). */
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

  get kwargs(): Readonly<Record<string, unknown>> | undefined {
    return this.#decode().kwargs;
  }

  get opaque(): Uint8Array | string | undefined {
    return this.#decode().opaque;
  }

  /** The same payload in bytes of its own: for keeping, since `bytes` may be part of a much larger piece of memory. */
  detach(): EncodedPayload {
    return new EncodedPayload(this.format, new Uint8Array(this.bytes), this.elements);
  }

  /** This payload in another format; the same object when it is in that format already. */
  transcode(format: PayloadFormat): EncodedPayload | undefined {
    if (format.id === this.format.id) return this;
    for (const known of this.#transcoded ?? []) if (known.format.id === format.id) return known;
    const made = format.encodePayload(this.#decode());
    if (made !== undefined) (this.#transcoded ??= []).push(made);
    return made;
  }

  /** Decodes the elements; called at most once. */
  protected decodeElements(): Payload {
    return this.format.decodePayload(this);
  }

  #decode(): Payload {
    return (this.#decoded ??= this.decodeElements());
  }
}

/** `payload` as elements of `format`, at the least cost: spliced, transcoded or encoded. */
export function encodePayloadAs(payload: Payload, format: PayloadFormat): EncodedPayload | undefined {
  if (payload === EMPTY_PAYLOAD) return undefined;
  return payload instanceof EncodedPayload ? payload.transcode(format) : format.encodePayload(payload);
}

/** True when a payload has neither positional nor keyword elements, so that nothing need be sent (spec: "Empty Arguments"). */
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
