import type { Codec, CodecLimits, FrameRoom } from "../codec.js";
import { checkFrameSize, limitsOf } from "../frame/frame-limits.js";
import { FrameMemory, plainView } from "../frame/frame-memory.js";
import { isDict, isEmptyDict } from "../messages/checks.js";
import { decodeHeader } from "../messages/decode-header.js";
import { encodeHeader, payloadOf } from "../messages/encode-header.js";
import { firstIdOf, type IdsMessage, isIdsMessage, secondIdOf } from "../messages/ids-message.js";
import { checkPayloadShape, layoutOf } from "../messages/message-layout.js";
import type { Message } from "../messages/messages.js";
import { EMPTY_PAYLOAD, EncodedPayload, encodePayloadAs, type Payload } from "../payload.js";
import type { ValueSink } from "../value-sink.js";
import { emitPayload, emitValue } from "../values/emit-value.js";
import { stringifyPlain } from "./json-binary.js";
import { JsonElements } from "./json-elements.js";
import { JsonParser } from "./json-parser.js";
import { JsonReader } from "./json-reader.js";
import { JsonRequests } from "./json-requests.js";
import { BOUNDS_PER_ELEMENT, type JsonScanner } from "./json-scanner.js";
import { JsonValueWriter } from "./json-value-writer.js";
import { JsonWalker } from "./json-walker.js";
import { JsonWasmScanner } from "./json-wasm-scanner.js";
import { JsonWriter, MAX_DIGITS, MAX_ESCAPE_BYTES, MAX_UTF8_BYTES } from "./json-writer.js";

const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_DICT = 0x7b;
const CLOSE_DICT = 0x7d;
/** More than all that stands around the payload of a message of two ids and empty details. */
const MAX_IDS_BYTES = 3 * MAX_DIGITS + 8;
/** Up to this many characters, an encoded payload gets its memory where frames get theirs. */
const MAX_SHORT_PAYLOAD = 4096;

/**
 * Creates a JSON codec, WebSocket subprotocol `wamp.2.json`. Binary values travel as strings of `\0` and Base64
 * (spec: "Binary support in JSON").
 *
 * @throws ConfigError when a limit is out of range.
 */
export function createJsonCodec(limits: CodecLimits = {}): Codec {
  return new JsonCodec(limitsOf(limits));
}

class JsonCodec implements Codec {
  readonly id = "json";
  readonly subprotocol = "wamp.2.json";
  readonly binary = false;
  readonly #limits: Required<CodecLimits>;
  readonly #requests = new JsonRequests(this);
  readonly #elements = new JsonElements();
  readonly #parser: JsonParser;
  readonly #reader = new JsonReader();
  readonly #writer = new JsonWriter();
  readonly #values = new JsonValueWriter();
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #memory = new FrameMemory();
  /** Made for the first frame, since compiling takes a moment. */
  #scanner: JsonScanner | undefined;

  constructor(limits: Required<CodecLimits>) {
    this.#limits = limits;
    this.#parser = new JsonParser(this, limits);
  }

  decode(frame: Uint8Array): Message {
    checkFrameSize(frame, this.#limits.maxBytes);
    return this.#scan(frame) ?? this.#parser.decode(frame);
  }

  /** Decodes a frame without parsing its payload; returns `undefined` for a frame that only the parser reads. */
  #scan(frame: Uint8Array): Message | undefined {
    const scanner = (this.#scanner ??= JsonWasmScanner.create(this.#limits) ?? new JsonWalker(this.#limits));
    const count = scanner.scan(frame);
    if (count < 0) return undefined;
    return this.#requests.read(frame, scanner.bounds, count) ?? this.#general(frame, scanner.bounds, count);
  }

  /** Reads a message of any type. */
  #general(frame: Uint8Array, bounds: Int32Array, count: number): Message | undefined {
    if (!this.#elements.read(frame, bounds, count)) return undefined;
    const { values, listIndex } = this.#elements;
    const layout = layoutOf(values[0], count);
    if (!layout.payload || count === layout.required)
      return listIndex < 0 ? decodeHeader(values, EMPTY_PAYLOAD) : undefined;
    if (listIndex !== layout.required) return undefined;
    const kept = checkPayloadShape(layout, values);
    if (kept === 0) return decodeHeader(values, EMPTY_PAYLOAD);
    const start = bounds[BOUNDS_PER_ELEMENT * listIndex] as number;
    const end = bounds[BOUNDS_PER_ELEMENT * (listIndex + kept - 1) + 1] as number;
    return decodeHeader(values, new EncodedPayload(this, plainView(frame, start, end), kept));
  }

  encode(message: Message): Uint8Array {
    return this.#memory.commit(this.encodeInto(message, this.#memory));
  }

  encodeInto(message: Message, room: FrameRoom): number {
    return isIdsMessage(message) ? this.#writeIds(message, room) : this.#writeAny(message, room);
  }

  #writeIds(message: IdsMessage, room: FrameRoom): number {
    const encoded = encodePayloadAs(message.payload, this);
    const second = secondIdOf(message);
    room.reserve(encoded === undefined ? MAX_IDS_BYTES : MAX_IDS_BYTES + encoded.bytes.length);
    const writer = this.#writer;
    writer.open(room);
    writer.byte(OPEN_LIST);
    writer.integer(message.type);
    writer.byte(COMMA);
    writer.integer(firstIdOf(message));
    writer.byte(COMMA);
    if (second !== undefined) {
      writer.integer(second);
      writer.byte(COMMA);
    }
    writer.byte(OPEN_DICT);
    writer.byte(CLOSE_DICT);
    if (encoded !== undefined) {
      writer.byte(COMMA);
      writer.raw(encoded.bytes);
    }
    writer.byte(CLOSE_LIST);
    return writer.position;
  }

  #writeAny(message: Message, room: FrameRoom): number {
    const header = encodeHeader(message);
    const payload = encodePayloadAs(payloadOf(message), this);
    // No header has more than one dict.
    let dict = "{}";
    let maxBytes = header.length + 2 + (payload === undefined ? 0 : payload.bytes.length);
    for (const field of header)
      if (typeof field === "number") maxBytes += MAX_DIGITS;
      else if (typeof field === "string") maxBytes += 2 + MAX_ESCAPE_BYTES * field.length;
      else if (isDict(field) && !isEmptyDict(field)) dict = stringifyPlain(field) ?? this.#dictText(field);
    room.reserve(maxBytes + MAX_UTF8_BYTES * dict.length);
    this.#writer.open(room);
    return this.#write(header, dict, payload?.bytes);
  }

  #write(header: readonly unknown[], dict: string, payload: Uint8Array | undefined): number {
    const writer = this.#writer;
    let separator = OPEN_LIST;
    for (const field of header) {
      writer.byte(separator);
      separator = COMMA;
      if (typeof field === "number") writer.integer(field);
      else if (typeof field === "string") writer.string(field);
      else writer.text(dict);
    }
    if (payload !== undefined) {
      writer.byte(COMMA);
      writer.raw(payload);
    }
    writer.byte(CLOSE_LIST);
    return writer.position;
  }

  #dictText(dict: object): string {
    this.#values.begin();
    emitValue(dict, this.#values);
    return this.#decoder.decode(this.#values.written());
  }

  decodePayload(payload: EncodedPayload): Payload {
    return this.#parser.decodePayload(payload);
  }

  readPayload(payload: EncodedPayload, sink: ValueSink): void {
    this.#reader.open(payload.bytes);
    for (let left = payload.elements; left > 0; left--) this.#reader.emit(sink);
  }

  encodePayload(payload: Payload): EncodedPayload | undefined {
    if (!(payload instanceof EncodedPayload)) {
      const plain = this.#plain(payload);
      if (plain !== undefined) return plain;
    }
    this.#values.begin();
    const elements = emitPayload(payload, this.#values);
    if (elements === 0) return undefined;
    const written = this.#values.written();
    const bytes = this.#memory.allocate(written.length);
    bytes.set(written);
    return new EncodedPayload(this, bytes, elements);
  }

  /** The platform is faster where it writes what is meant. */
  #plain({ args = [], kwargs, opaque }: Payload): EncodedPayload | undefined {
    if (opaque !== undefined) return undefined;
    const first = stringifyPlain(args);
    if (first === undefined) return undefined;
    if (kwargs === undefined || isEmptyDict(kwargs)) return args.length === 0 ? undefined : this.#encoded(first, 1);
    const second = stringifyPlain(kwargs);
    return second === undefined ? undefined : this.#encoded(`${first},${second}`, 2);
  }

  #encoded(text: string, elements: 1 | 2): EncodedPayload {
    if (text.length > MAX_SHORT_PAYLOAD) return new EncodedPayload(this, this.#encoder.encode(text), elements);
    this.#memory.reserve(MAX_UTF8_BYTES * text.length);
    this.#writer.open(this.#memory);
    this.#writer.text(text);
    return new EncodedPayload(this, this.#memory.commit(this.#writer.position), elements);
  }
}

/** A JSON codec with default limits. */
export const json: Codec = createJsonCodec();
