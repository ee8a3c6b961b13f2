import type { Codec, CodecLimits } from "../codec.js";
import { checkFrameSize } from "../frame/frame-limits.js";
import { FrameMemory, plainView } from "../frame/frame-memory.js";
import { isDict, isEmptyDict } from "../messages/checks.js";
import { decodeHeader } from "../messages/decode-header.js";
import { encodeHeader, payloadOf } from "../messages/encode-header.js";
import { checkPayloadShape, layoutOf, type MessageLayout } from "../messages/message-layout.js";
import type { Message } from "../messages/messages.js";
import { EMPTY_PAYLOAD, EncodedPayload, encodePayloadAs, type Payload } from "../payload.js";
import type { BinaryReader } from "./binary-reader.js";
import { type BinaryWriter, MAX_HEAD_BYTES } from "./binary-writer.js";
import type { ValueLibrary } from "./value-library.js";

/** What distinguishes one binary format from another. */
export interface BinaryFormat {
  readonly id: string;
  readonly reader: BinaryReader;
  readonly writer: BinaryWriter;
  readonly library: ValueLibrary;
}

/**
 * A codec of a binary format. Headers are read and written by hand. A library handles only dicts in headers and payloads
 * that are accessed; all other payloads are checked, cut from their frame and spliced into other frames.
 */
export class BinaryCodec implements Codec {
  readonly id: string;
  readonly subprotocol: string;
  readonly binary = true;
  readonly #maxBytes: number;
  readonly #reader: BinaryReader;
  readonly #writer: BinaryWriter;
  readonly #library: ValueLibrary;
  readonly #memory = new FrameMemory();

  constructor({ id, reader, writer, library }: BinaryFormat, limits: Required<CodecLimits>) {
    this.id = id;
    this.subprotocol = `wamp.2.${id}`;
    this.#maxBytes = limits.maxBytes;
    this.#reader = reader;
    this.#writer = writer;
    this.#library = library;
  }

  decode(frame: Uint8Array): Message {
    checkFrameSize(frame, this.#maxBytes);
    const reader = this.#reader;
    reader.open(frame);
    const count = reader.list();
    const elements: unknown[] = count === 0 ? [] : [reader.element()];
    const layout = layoutOf(elements[0], count);
    const header = Math.min(count, layout.required + layout.optional);
    while (elements.length < header) elements.push(reader.element());
    const payload = count > header ? this.#payload(frame, elements, layout, count) : EMPTY_PAYLOAD;
    reader.close();
    return decodeHeader(elements, payload);
  }

  /** Checks the payload and cuts it out of the frame. */
  #payload(frame: Uint8Array, elements: unknown[], layout: MessageLayout, count: number): Payload {
    const reader = this.#reader;
    const start = reader.position;
    elements.push(reader.payloadElement());
    const endOfArgs = reader.position;
    if (count > elements.length) elements.push(reader.payloadElement());
    const kept = checkPayloadShape(layout, elements);
    if (kept === 0) return EMPTY_PAYLOAD;
    if (elements[layout.required] === null) return this.#withoutArgs(frame.subarray(endOfArgs, reader.position));
    return new EncodedPayload(this, plainView(frame, start, kept === 1 ? endOfArgs : reader.position), kept);
  }

  /** The payload of a message whose `Arguments` are null. */
  #withoutArgs(kwargs: Uint8Array): EncodedPayload {
    const args = this.#library.encode([]);
    const bytes = new Uint8Array(args.length + kwargs.length);
    bytes.set(args);
    bytes.set(kwargs, args.length);
    return new EncodedPayload(this, bytes, 2);
  }

  encode(message: Message): Uint8Array {
    const header = encodeHeader(message);
    const payload = encodePayloadAs(payloadOf(message), this);
    let maxBytes = MAX_HEAD_BYTES + (payload === undefined ? 0 : payload.bytes.length);
    // No header has more than one dict.
    let dict: Uint8Array | undefined;
    for (const field of header) {
      maxBytes += MAX_HEAD_BYTES;
      if (typeof field === "string") maxBytes += 3 * field.length;
      else if (isDict(field) && !isEmptyDict(field)) dict = this.#library.encode(field);
    }
    this.#memory.reserve(dict === undefined ? maxBytes : maxBytes + dict.length);
    const writer = this.#writer;
    writer.open(this.#memory);
    writer.list(header.length + (payload === undefined ? 0 : payload.elements));
    for (const field of header)
      if (typeof field === "number") writer.integer(field);
      else if (typeof field === "string") writer.text(field);
      else if (dict === undefined) writer.emptyDict();
      else writer.raw(dict);
    if (payload !== undefined) writer.raw(payload.bytes);
    return this.#memory.commit(writer.position);
  }

  decodePayload(payload: EncodedPayload): Payload {
    this.#reader.open(payload.bytes);
    const args = this.#reader.value();
    if (!Array.isArray(args)) return { opaque: args as Uint8Array | string };
    return { args, kwargs: payload.elements === 2 ? (this.#reader.value() as Payload["kwargs"]) : undefined };
  }

  encodePayload({ args, kwargs, opaque }: Payload): EncodedPayload | undefined {
    if (opaque !== undefined) return this.#encoded(1, opaque);
    if (kwargs !== undefined && !isEmptyDict(kwargs)) return this.#encoded(2, args ?? [], kwargs);
    return args === undefined || args.length === 0 ? undefined : this.#encoded(1, args);
  }

  /** Copies the encoded elements: the library's memory may be as large as the largest value that it ever wrote. */
  #encoded(elements: 1 | 2, args: unknown, kwargs?: unknown): EncodedPayload {
    const first = this.#library.encode(args);
    const second = elements === 2 ? this.#library.encode(kwargs) : undefined;
    const bytes = this.#memory.allocate(first.length + (second === undefined ? 0 : second.length));
    bytes.set(first);
    if (second !== undefined) bytes.set(second, first.length);
    return new EncodedPayload(this, bytes, elements);
  }
}
