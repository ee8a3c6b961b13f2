import { asDict, isDict, isEmptyDict, refuse } from "./checks.js";
import type { Codec, CodecLimits } from "./codec.js";
import { ProtocolError } from "./errors.js";
import { checkFrameSize, limitsOf } from "./frame-limits.js";
import { FrameMemory } from "./frame-memory.js";
import { reviveBinary, stringify, stringToBinary } from "./json-binary.js";
import { countKeys, JsonStructure } from "./json-structure.js";
import { fieldsFromMessage, messageFromFields, payloadOf } from "./message-fields.js";
import { layoutOf, type MessageLayout } from "./message-layout.js";
import type { Message } from "./messages.js";
import { EMPTY_PAYLOAD, EncodedPayload, encodePayloadAs, type Payload } from "./payload.js";
import { checkPayloadShape } from "./payload-shape.js";

const CLOSE_LIST = 0x5d;
/** How a frame writes the first character of a binary string; JSON knows no other way. */
const BINARY_MARK = "\\u0000";
/** Below this many characters a loop beats the platform's encoder. */
const SHORT_TEXT = 200;

/**
 * The JSON codec, WebSocket subprotocol `wamp.2.json`. Binary values travel as `\0` + Base64 strings
 * (spec: "Binary support in JSON").
 */
export function createJsonCodec(limits: CodecLimits = {}): Codec {
  return new JsonCodec(limitsOf(limits));
}

class JsonCodec implements Codec {
  readonly id = "json";
  readonly subprotocol = "wamp.2.json";
  readonly binary = false;
  readonly #limits: Required<CodecLimits>;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  readonly #encoder = new TextEncoder();
  readonly #structure = new JsonStructure();
  readonly #memory = new FrameMemory();

  constructor(limits: Required<CodecLimits>) {
    this.#limits = limits;
  }

  decode(frame: Uint8Array): Message {
    checkFrameSize(frame, this.#limits.maxBytes);
    const text = this.#text(frame);
    this.#structure.scan(text, this.#limits.maxDepth);
    const elements = parse(text);
    if (!Array.isArray(elements)) return refuse("message", "a list", elements);
    if (this.#structure.pairs > 0 && this.#structure.pairs !== countKeys(elements))
      throw new ProtocolError("a key occurs twice in one dict; keys must be unique");
    const layout = layoutOf(elements[0], elements.length);
    if (this.#structure.pairs > 0 && text.includes(BINARY_MARK)) reviveHeader(elements, layout);
    if (!layout.payload || elements.length === layout.required) return messageFromFields(elements, EMPTY_PAYLOAD);
    return messageFromFields(elements, this.#payload(frame, text, elements, layout));
  }

  encode(message: Message): Uint8Array {
    let text = "[";
    for (const field of fieldsFromMessage(message)) text += text.length === 1 ? String(field) : `,${toText(field)}`;
    const payload = encodePayloadAs(payloadOf(message), this);
    return payload === undefined ? this.#frame(`${text}]`) : this.#frame(`${text},`, payload.bytes);
  }

  decodePayload(payload: EncodedPayload): Payload {
    const [args, kwargs] = parse(`[${this.#text(payload.bytes)}]`) as unknown[];
    return revive(args, kwargs);
  }

  encodePayload({ args, kwargs, opaque }: Payload): EncodedPayload | undefined {
    if (opaque !== undefined) return this.#encoded(toText(opaque), 1);
    if (kwargs !== undefined && !isEmptyDict(kwargs))
      return this.#encoded(`${toText(args ?? [])},${toText(kwargs)}`, 2);
    return args === undefined || args.length === 0 ? undefined : this.#encoded(toText(args), 1);
  }

  #encoded(text: string, elements: 1 | 2): EncodedPayload {
    return new EncodedPayload(this, this.#frame(text), elements);
  }

  #text(frame: Uint8Array): string {
    try {
      return this.#decoder.decode(frame);
    } catch {
      throw new ProtocolError("the message is not valid UTF-8");
    }
  }

  /** Cuts the payload elements out of the frame. They were parsed to be validated, so the values are kept as well. */
  #payload(frame: Uint8Array, text: string, elements: readonly unknown[], layout: MessageLayout): Payload {
    const kept = checkPayloadShape(layout, elements);
    if (kept === 0) return EMPTY_PAYLOAD;
    const { commas, end } = this.#structure;
    const first = (commas[layout.required - 1] as number) + 1;
    const last = layout.required + kept < elements.length ? (commas[layout.required] as number) : end;
    const start = this.#byteOffset(frame, text, first);
    // What follows the closing bracket is white space, one byte each: counting from the end spares measuring the payload.
    const stop = last === end ? frame.length - (text.length - end) : this.#byteOffset(frame, text, last);
    const [args, kwargs] = elements.slice(layout.required);
    // A view of its own class: Node's Buffer copies and slices in other ways than a Uint8Array.
    const bytes = new Uint8Array(frame.buffer, frame.byteOffset + start, stop - start);
    return new JsonPayload(this, bytes, kept, args, kwargs);
  }

  #byteOffset(frame: Uint8Array, text: string, offset: number): number {
    return text.length === frame.length ? offset : this.#encoder.encode(text.slice(0, offset)).length;
  }

  /** A frame of `text`, and when there is a payload of that and the closing bracket. */
  #frame(text: string, payload?: Uint8Array): Uint8Array {
    const rest = payload === undefined ? 0 : payload.length + 1;
    const frame = isShortAscii(text) ? this.#memory.allocate(text.length + rest) : undefined;
    if (frame === undefined) return this.#longFrame(text, payload, rest);
    for (let index = 0; index < text.length; index++) frame[index] = text.charCodeAt(index);
    if (payload !== undefined) closeWith(frame, text.length, payload);
    return frame;
  }

  #longFrame(text: string, payload: Uint8Array | undefined, rest: number): Uint8Array {
    const encoded = this.#encoder.encode(text);
    if (payload === undefined) return encoded;
    const frame = this.#memory.allocate(encoded.length + rest);
    frame.set(encoded);
    closeWith(frame, encoded.length, payload);
    return frame;
  }
}

function closeWith(frame: Uint8Array, offset: number, payload: Uint8Array): void {
  frame.set(payload, offset);
  frame[frame.length - 1] = CLOSE_LIST;
}

/** A payload whose JSON was parsed already; only binary strings wait for the first touch. */
class JsonPayload extends EncodedPayload {
  readonly #args: unknown;
  readonly #kwargs: unknown;

  constructor(codec: Codec, bytes: Uint8Array, elements: 1 | 2, args: unknown, kwargs: unknown) {
    super(codec, bytes, elements);
    this.#args = args;
    this.#kwargs = kwargs;
  }

  protected override decodeElements(): Payload {
    return revive(this.#args, this.#kwargs);
  }
}

function revive(args: unknown, kwargs: unknown): Payload {
  if (typeof args === "string") return { opaque: stringToBinary(args) };
  return {
    args: reviveBinary(args) as readonly unknown[],
    kwargs: kwargs === undefined ? undefined : asDict("ArgumentsKw", reviveBinary(kwargs)),
  };
}

/** Options and details may have binary values, too. Strings that are elements themselves are never binary. */
function reviveHeader(elements: readonly unknown[], layout: MessageLayout): void {
  for (const element of elements.slice(0, layout.required + layout.optional))
    if (typeof element === "object") reviveBinary(element);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ProtocolError(`the message is not valid JSON: ${(error as Error).message}`);
  }
}

function toText(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (isDict(value) && isEmptyDict(value)) return "{}";
  return stringify(value);
}

function isShortAscii(text: string): boolean {
  if (text.length > SHORT_TEXT) return false;
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}

/** A JSON codec with default limits. */
export const json: Codec = createJsonCodec();
