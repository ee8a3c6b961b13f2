import type { Codec, CodecLimits, FrameRoom } from "../codec.js";
import { checkFrameSize } from "../frame/frame-limits.js";
import { FrameMemory, plainView } from "../frame/frame-memory.js";
import { isId } from "../id.js";
import { EMPTY_DICT, isDict, isEmptyDict } from "../messages/checks.js";
import { decodeHeader } from "../messages/decode-header.js";
import { encodeHeader, payloadOf } from "../messages/encode-header.js";
import { firstIdOf, type IdsMessage, isIdsMessage, secondIdOf } from "../messages/ids-message.js";
import { checkPayloadShape, layoutOf, type MessageLayout } from "../messages/message-layout.js";
import { MessageType as M } from "../messages/message-type.js";
import type { Message } from "../messages/messages.js";
import { PayloadError } from "../messages/payload-error.js";
import { EMPTY_PAYLOAD, EncodedPayload, encodePayloadAs, type Payload } from "../payload.js";
import { emitValue, emitPayload } from "../values/emit-value.js";
import type { ValueSink } from "../value-sink.js";
import type { BinaryReader } from "./binary-reader.js";
import { type BinaryWriter, MAX_HEAD_BYTES } from "./binary-writer.js";

/** More than all that stands around the payload of a message of two ids and empty details. */
const MAX_IDS_BYTES = 5 * MAX_HEAD_BYTES;

/** What distinguishes one binary format from another. */
export interface BinaryFormat {
  readonly id: string;
  readonly reader: BinaryReader;
  readonly writer: BinaryWriter;
  /** Writes values: dicts in headers, and payloads. */
  readonly values: BinaryWriter;
}

/**
 * A codec of a binary format. A payload is checked, cut from its frame and spliced into other frames. Only where its bytes
 * are in a form that not every decoder reads alike, it is written anew.
 */
export class BinaryCodec implements Codec {
  readonly id: string;
  readonly subprotocol: string;
  readonly binary = true;
  readonly #maxBytes: number;
  readonly #reader: BinaryReader;
  readonly #writer: BinaryWriter;
  readonly #values: BinaryWriter;
  readonly #memory = new FrameMemory();

  constructor({ id, reader, writer, values }: BinaryFormat, limits: Required<CodecLimits>) {
    this.id = id;
    this.subprotocol = `wamp.2.${id}`;
    this.#maxBytes = limits.maxBytes;
    this.#reader = reader;
    this.#writer = writer;
    this.#values = values;
  }

  decode(frame: Uint8Array): Message {
    checkFrameSize(frame, this.#maxBytes);
    return this.#request(frame) ?? this.decodeAny(frame);
  }

  /**
   * Reads CALL, PUBLISH and YIELD in the form in which nearly all of them come: without options. Returns `undefined` for any
   * other message, and for one that is not valid.
   */
  #request(frame: Uint8Array): Message | undefined {
    const reader = this.#reader;
    reader.open(frame);
    const count = reader.list();
    if (count === 0) return undefined;
    const type = reader.element();
    const required = type === M.YIELD ? 3 : 4;
    if ((type !== M.CALL && type !== M.PUBLISH && type !== M.YIELD) || count < required || count > required + 2)
      return undefined;
    const request = reader.element();
    if (!isId(request) || reader.element() !== EMPTY_DICT) return undefined;
    const uri = type === M.YIELD ? "" : reader.element();
    const payload = typeof uri === "string" ? this.#requestPayload(frame, count - required) : undefined;
    if (payload === undefined) return undefined;
    reader.close();
    if (type === M.YIELD) return { type, request, options: EMPTY_DICT, payload };
    return type === M.CALL
      ? { type, request, options: EMPTY_DICT, procedure: uri as string, payload }
      : { type, request, options: EMPTY_DICT, topic: uri as string, payload };
  }

  /** Checks so many elements of a payload and cuts them out. @returns `undefined` for what is to be written anew or refused. */
  #requestPayload(frame: Uint8Array, elements: number): Payload | undefined {
    if (elements === 0) return EMPTY_PAYLOAD;
    const reader = this.#reader;
    const start = reader.beginPayload();
    try {
      const args = reader.payloadElement();
      const endOfArgs = reader.position;
      const kwargs = elements === 1 ? EMPTY_DICT : reader.payloadElement();
      if (!Array.isArray(args) || !isDict(kwargs) || reader.unusual) return undefined;
      if (!isEmptyDict(kwargs)) return new EncodedPayload(this, plainView(frame, start, reader.position), 2);
      return args.length === 0 ? EMPTY_PAYLOAD : new EncodedPayload(this, plainView(frame, start, endOfArgs), 1);
    } catch (error) {
      if (error instanceof PayloadError) return undefined;
      throw error;
    }
  }

  /** Decodes a frame of any type and form. */
  decodeAny(frame: Uint8Array): Message {
    const reader = this.#reader;
    reader.open(frame);
    const count = reader.list();
    const elements: unknown[] = count === 0 ? [] : [reader.element()];
    const layout = layoutOf(elements[0], count);
    const header = Math.min(count, layout.required + layout.optional);
    while (elements.length < header) elements.push(reader.element());
    if (count === header) {
      reader.close();
      return decodeHeader(elements, EMPTY_PAYLOAD);
    }
    try {
      const payload = this.#payload(frame, elements, layout, count);
      reader.close();
      return decodeHeader(elements, payload);
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error;
      throw new PayloadError(error.message, decodeHeader(elements, EMPTY_PAYLOAD));
    }
  }

  /** Checks the payload and cuts it out of the frame. */
  #payload(frame: Uint8Array, elements: unknown[], layout: MessageLayout, count: number): Payload {
    const reader = this.#reader;
    const start = reader.beginPayload();
    elements.push(reader.payloadElement());
    const endOfArgs = reader.position;
    if (count > elements.length) elements.push(reader.payloadElement());
    const kept = checkPayloadShape(layout, elements);
    if (kept === 0) return EMPTY_PAYLOAD;
    const isArgsNull = elements[layout.required] === null;
    if (reader.unusual || isArgsNull) return this.#rewritten(start, isArgsNull, kept);
    return new EncodedPayload(this, plainView(frame, start, kept === 1 ? endOfArgs : reader.position), kept);
  }

  /** Writes the payload at `start` in the usual form. */
  #rewritten(start: number, isArgsNull: boolean, elements: 1 | 2): EncodedPayload {
    const reader = this.#reader;
    const { position } = reader;
    this.#values.begin();
    reader.rewind(start);
    if (isArgsNull) {
      reader.build();
      emitValue([], this.#values);
    } else reader.emit(this.#values);
    if (elements === 2) reader.emit(this.#values);
    reader.rewind(position);
    return this.#written(elements);
  }

  /** Copies the values: the memory that they were written into may be as large as the largest ones ever. */
  #written(elements: 1 | 2): EncodedPayload {
    const written = this.#values.written();
    const bytes = this.#memory.allocate(written.length);
    bytes.set(written);
    return new EncodedPayload(this, bytes, elements);
  }

  encode(message: Message): Uint8Array {
    return this.#memory.commit(this.encodeInto(message, this.#memory));
  }

  encodeInto(message: Message, room: FrameRoom): number {
    return isIdsMessage(message) ? this.#writeIds(message, room) : this.encodeAny(message, room);
  }

  #writeIds(message: IdsMessage, room: FrameRoom): number {
    const encoded = encodePayloadAs(message.payload, this);
    const second = secondIdOf(message);
    room.reserve(encoded === undefined ? MAX_IDS_BYTES : MAX_IDS_BYTES + encoded.bytes.length);
    const writer = this.#writer;
    writer.open(room);
    writer.list((second === undefined ? 3 : 4) + (encoded === undefined ? 0 : encoded.elements));
    writer.integer(message.type);
    writer.integer(firstIdOf(message));
    if (second !== undefined) writer.integer(second);
    writer.dict(0);
    if (encoded !== undefined) writer.raw(encoded.bytes);
    return writer.position;
  }

  /** Encodes a message of any type. */
  encodeAny(message: Message, room: FrameRoom): number {
    const header = encodeHeader(message);
    const payload = encodePayloadAs(payloadOf(message), this);
    let maxBytes = MAX_HEAD_BYTES + (payload === undefined ? 0 : payload.bytes.length);
    // No header has more than one dict.
    let dict: Uint8Array | undefined;
    for (const field of header) {
      maxBytes += MAX_HEAD_BYTES;
      if (typeof field === "string") maxBytes += 3 * field.length;
      else if (isDict(field) && !isEmptyDict(field)) dict = this.#headerDict(field);
    }
    room.reserve(dict === undefined ? maxBytes : maxBytes + dict.length);
    const writer = this.#writer;
    writer.open(room);
    writer.list(header.length + (payload === undefined ? 0 : payload.elements));
    for (const field of header)
      if (typeof field === "number") writer.integer(field);
      else if (typeof field === "string") writer.text(field);
      else if (dict === undefined) writer.dict(0);
      else writer.raw(dict);
    if (payload !== undefined) writer.raw(payload.bytes);
    return writer.position;
  }

  #headerDict(dict: object): Uint8Array {
    this.#values.begin();
    emitValue(dict, this.#values);
    return this.#values.written();
  }

  decodePayload(payload: EncodedPayload): Payload {
    const reader = this.#reader;
    reader.openPayload(payload.bytes);
    const args = reader.build();
    if (!Array.isArray(args)) return { opaque: args as Uint8Array | string };
    return { args, kwargs: payload.elements === 2 ? (reader.build() as Payload["kwargs"]) : undefined };
  }

  readPayload(payload: EncodedPayload, sink: ValueSink): void {
    this.#reader.openPayload(payload.bytes);
    for (let left = payload.elements; left > 0; left--) this.#reader.emit(sink);
  }

  encodePayload(payload: Payload): EncodedPayload | undefined {
    this.#values.begin();
    const elements = emitPayload(payload, this.#values);
    return elements === 0 ? undefined : this.#written(elements);
  }
}
