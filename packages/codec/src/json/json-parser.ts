import type { CodecLimits } from "../codec.js";
import { ProtocolError } from "../errors.js";
import { duplicateKey } from "../frame/dict-keys.js";
import { plainView } from "../frame/frame-memory.js";
import { asDict, reject } from "../messages/checks.js";
import { decodeHeader } from "../messages/decode-header.js";
import { checkPayloadShape, layoutOf, type MessageLayout } from "../messages/message-layout.js";
import type { Message } from "../messages/messages.js";
import { EMPTY_PAYLOAD, EncodedPayload, type Payload, type PayloadFormat } from "../payload.js";
import { reviveBinary, stringToBinary } from "./json-binary.js";
import { countKeys, JsonStructure } from "./json-structure.js";

/** How a frame spells the first character of a binary string; JSON has no other way. */
const BINARY_MARK = "\\u0000";

/** Decodes any JSON frame with `JSON.parse`: what a `JsonWalker` does not accept, valid or not. */
export class JsonParser {
  readonly #format: PayloadFormat;
  readonly #limits: Required<CodecLimits>;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  readonly #encoder = new TextEncoder();
  readonly #structure = new JsonStructure();

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
    if (pairs > 0 && text.includes(BINARY_MARK)) reviveHeader(elements, layout);
    if (!layout.payload || elements.length === layout.required) return decodeHeader(elements, EMPTY_PAYLOAD);
    return decodeHeader(elements, this.#payload(frame, text, elements, layout));
  }

  /** Decodes payload elements that were cut from a frame. */
  decodePayload(bytes: Uint8Array): Payload {
    const [args, kwargs] = parse(`[${this.#text(bytes)}]`) as unknown[];
    return revive(args, kwargs);
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
    const args = elements[layout.required] ?? [];
    const kwargs = kept === 2 ? elements[layout.required + 1] : undefined;
    if (elements[layout.required] === null) {
      const bytes = this.#encoder.encode(`[]${text.slice(commas[layout.required], last)}`);
      return new ParsedPayload(this.#format, bytes, kept, args, kwargs);
    }
    return new ParsedPayload(this.#format, plainView(frame, start, stop), kept, args, kwargs);
  }

  #byteOffset(frame: Uint8Array, text: string, offset: number): number {
    return text.length === frame.length ? offset : this.#encoder.encode(text.slice(0, offset)).length;
  }
}

/** A payload whose JSON is parsed already. Binary strings in it are decoded on first access. */
class ParsedPayload extends EncodedPayload {
  readonly #args: unknown;
  readonly #kwargs: unknown;

  constructor(format: PayloadFormat, bytes: Uint8Array, elements: 1 | 2, args: unknown, kwargs: unknown) {
    super(format, bytes, elements);
    this.#args = args;
    this.#kwargs = kwargs;
  }

  protected override decodeElements(): Payload {
    return revive(this.#args, this.#kwargs);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ProtocolError(`message is not valid JSON: ${(error as Error).message}`);
  }
}

/** Decodes binary strings in options and details. A string that is an element of its own is never binary. */
function reviveHeader(elements: readonly unknown[], layout: MessageLayout): void {
  for (const element of elements.slice(0, layout.required + layout.optional))
    if (typeof element === "object") reviveBinary(element);
}

function revive(args: unknown, kwargs: unknown): Payload {
  if (typeof args === "string") return { opaque: stringToBinary(args) };
  return {
    args: reviveBinary(args) as readonly unknown[],
    kwargs: kwargs === undefined ? undefined : asDict("ArgumentsKw", reviveBinary(kwargs)),
  };
}
