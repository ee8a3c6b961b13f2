import type { CodecLimits } from "../codec.js";
import { ProtocolError } from "../errors.js";
import { duplicateKey } from "../frame/dict-keys.js";
import { plainView } from "../frame/frame-memory.js";
import { reject } from "../messages/checks.js";
import { decodeHeader } from "../messages/decode-header.js";
import { checkPayloadShape, layoutOf, type MessageLayout } from "../messages/message-layout.js";
import type { Message } from "../messages/messages.js";
import { PayloadError } from "../messages/payload-error.js";
import { type Dict, EMPTY_PAYLOAD, EncodedPayload, type Payload, type PayloadFormat } from "../payload.js";
import { hasLoneSurrogate } from "../values/emit-value.js";
import { checkExact } from "./json-number.js";
import { JsonReader } from "./json-reader.js";
import { countKeys, JsonStructure } from "./json-structure.js";

/** How a frame spells the first character of a binary string, and digits that a number may not hold. */
const UNUSUAL = /\\u0000|\d{16}/;
/** How a frame spells a surrogate. */
const SURROGATE = /\\u[dD][89a-fA-F]/;

/** Decodes any JSON frame with `JSON.parse`: what a `JsonWalker` does not accept, valid or not. */
export class JsonParser {
  readonly #format: PayloadFormat;
  readonly #limits: Required<CodecLimits>;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  readonly #encoder = new TextEncoder();
  readonly #structure = new JsonStructure();
  readonly #reader = new JsonReader();

  /** @param format - the codec that payloads belong to. */
  constructor(format: PayloadFormat, limits: Required<CodecLimits>) {
    this.#format = format;
    this.#limits = limits;
  }

  /** @throws ProtocolError when the frame is not a valid message. */
  decode(frame: Uint8Array): Message {
    const text = this.#text(frame);
    this.#structure.scan(text, this.#limits.maxDepth, this.#limits.maxValues);
    const elements = parse(text);
    if (!Array.isArray(elements)) return reject("message", "a list", elements);
    const { pairs } = this.#structure;
    if (pairs > 0 && pairs !== countKeys(elements)) throw duplicateKey();
    const layout = layoutOf(elements[0], elements.length);
    this.#readHeader(text, elements, layout);
    if (pairs > 0 && SURROGATE.test(text)) checkKeys(elements.slice(0, layout.required + layout.optional));
    if (!layout.payload || elements.length === layout.required) return decodeHeader(elements, EMPTY_PAYLOAD);
    const message = decodeHeader(elements, this.#payload(frame, text, elements, layout));
    if (pairs > 0 && SURROGATE.test(text)) checkKeys(elements.slice(layout.required), message);
    return message;
  }

  /** Decodes payload elements that were cut from a frame. */
  decodePayload({ bytes, elements }: EncodedPayload): Payload {
    const text = this.#text(bytes);
    let args: unknown;
    let kwargs: unknown;
    if (UNUSUAL.test(text)) {
      this.#reader.open(bytes);
      args = this.#reader.build();
      if (elements === 2) kwargs = this.#reader.build();
    } else [args, kwargs] = parse(`[${text}]`) as unknown[];
    if (!Array.isArray(args)) return { opaque: args as Uint8Array | string };
    return { args, kwargs: kwargs as Dict | undefined };
  }

  /** Reads the numbers and dicts of the header again where `JSON.parse` changes them. A string is never binary there. */
  #readHeader(text: string, elements: unknown[], layout: MessageLayout): void {
    if (!UNUSUAL.test(text)) return;
    const { commas, end } = this.#structure;
    for (let index = 0; index < Math.min(elements.length, layout.required + layout.optional); index++) {
      if (typeof elements[index] === "string") continue;
      const start = index === 0 ? text.indexOf("[") + 1 : (commas[index - 1] as number) + 1;
      const stop = index === elements.length - 1 ? end : (commas[index] as number);
      const element = text.slice(start, stop);
      const parsed = elements[index];
      if (typeof parsed === "number") checkExact(element.trim(), parsed);
      elements[index] = this.#reader.read(this.#encoder.encode(element));
    }
  }

  #text(bytes: Uint8Array): string {
    try {
      return this.#decoder.decode(bytes);
    } catch {
      throw new ProtocolError("message is not valid UTF-8");
    }
  }

  /** Cuts the payload elements out of the frame. Keeps the values, too, since they are parsed already. */
  #payload(frame: Uint8Array, text: string, elements: readonly unknown[], layout: MessageLayout): Payload {
    const kept = checkPayloadShape(layout, elements);
    if (kept === 0) return EMPTY_PAYLOAD;
    const { commas, end } = this.#structure;
    const first = (commas[layout.required - 1] as number) + 1;
    const last = layout.required + kept < elements.length ? (commas[layout.required] as number) : end;
    const start = this.#byteOffset(frame, text, first);
    // Only white space follows the closing bracket, one byte each: counting from there saves measuring the payload.
    const stop = last === end ? frame.length - (text.length - end) : this.#byteOffset(frame, text, last);
    if (elements[layout.required] !== null)
      return new EncodedPayload(this.#format, plainView(frame, start, stop), kept);
    const kwargs = text.slice((commas[layout.required] as number) + 1, last);
    return new EncodedPayload(this.#format, this.#encoder.encode(`[],${kwargs}`), kept);
  }

  #byteOffset(frame: Uint8Array, text: string, offset: number): number {
    return text.length === frame.length ? offset : this.#encoder.encode(text.slice(0, offset)).length;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ProtocolError(`message is not valid JSON: ${(error as Error).message}`);
  }
}

/** A key that is not Unicode would collide with others where it is replaced, as in binary formats. */
function checkKeys(elements: readonly unknown[], message?: Message): void {
  const key = loneKey(elements);
  if (key === undefined) return;
  throw new PayloadError(
    `a dict has the key ${JSON.stringify(key.slice(0, 40))}, which is not Unicode: it has half of a surrogate pair`,
    message === undefined ? undefined : withoutPayload(message),
  );
}

function withoutPayload(message: Message): Message {
  return "payload" in message ? { ...message, payload: EMPTY_PAYLOAD } : message;
}

function loneKey(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  for (const key in value) {
    if (hasLoneSurrogate(key)) return key;
    const inner = loneKey((value as Record<string, unknown>)[key]);
    if (inner !== undefined) return inner;
  }
  return undefined;
}
