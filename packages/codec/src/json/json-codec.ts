import { asDict, isDict, isEmptyDict, refuse } from "../messages/checks.js";
import type { Codec, CodecLimits } from "../codec.js";
import { ProtocolError } from "../errors.js";
import { checkFrameSize, limitsOf } from "../frame/frame-limits.js";
import { FrameMemory } from "../frame/frame-memory.js";
import { reviveBinary, stringify, stringToBinary } from "./json-binary.js";
import { countKeys, JsonStructure } from "./json-structure.js";
import { JsonWalker } from "./json-walker.js";
import { JsonWriter, MOST_DIGITS, MOST_ESCAPED, MOST_UTF8 } from "./json-writer.js";
import { fieldsFromMessage, messageFromFields, payloadOf } from "../messages/decode-header.js";
import { layoutOf, type MessageLayout } from "../messages/message-layout.js";
import type { Message } from "../messages/messages.js";
import { EMPTY_PAYLOAD, EncodedPayload, encodePayloadAs, type Payload } from "../payload.js";
import { checkPayloadShape } from "../messages/payload-shape.js";

const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
/** How a frame writes the first character of a binary string; JSON knows no other way. */
const BINARY_MARK = "\\u0000";
/** Up to this many characters a payload gets its memory from where frames get theirs. */
const SHORT_PAYLOAD = 4096;

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
  readonly #walker: JsonWalker;
  readonly #writer = new JsonWriter();
  readonly #memory = new FrameMemory();

  constructor(limits: Required<CodecLimits>) {
    this.#limits = limits;
    this.#walker = new JsonWalker(limits);
  }

  decode(frame: Uint8Array): Message {
    checkFrameSize(frame, this.#limits.maxBytes);
    return this.#walk(frame) ?? this.#parse(frame);
  }

  /** The message in a frame of the usual form, whose payload nobody has to parse; `undefined` for any other frame. */
  #walk(frame: Uint8Array): Message | undefined {
    const walker = this.#walker;
    if (!walker.read(frame)) return undefined;
    const { elements, list } = walker;
    const layout = layoutOf(elements[0], elements.length);
    if (!layout.payload || elements.length === layout.required)
      return list < 0 ? messageFromFields(elements, EMPTY_PAYLOAD) : undefined;
    if (list !== layout.required) return undefined;
    const kept = checkPayloadShape(layout, elements);
    if (kept === 0) return messageFromFields(elements, EMPTY_PAYLOAD);
    const length = (kept === 1 ? walker.endOfList : walker.end) - walker.start;
    // A view of its own class: Node's Buffer copies and slices in other ways than a Uint8Array.
    const bytes = new Uint8Array(frame.buffer, frame.byteOffset + walker.start, length);
    return messageFromFields(elements, new EncodedPayload(this, bytes, kept));
  }

  #parse(frame: Uint8Array): Message {
    const text = this.#text(frame);
    this.#structure.scan(text, this.#limits.maxDepth, this.#limits.maxValues);
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
    const fields = fieldsFromMessage(message);
    const payload = encodePayloadAs(payloadOf(message), this);
    // No message has more than one dict in its header.
    let dict = "{}";
    let most = fields.length + 2 + (payload === undefined ? 0 : payload.bytes.length);
    for (const field of fields)
      if (typeof field === "number") most += MOST_DIGITS;
      else if (typeof field === "string") most += 2 + MOST_ESCAPED * field.length;
      else if (isDict(field) && !isEmptyDict(field)) dict = stringify(field);
    this.#memory.reserve(most + MOST_UTF8 * dict.length);
    return this.#write(fields, dict, payload?.bytes);
  }

  decodePayload(payload: EncodedPayload): Payload {
    const [args, kwargs] = parse(`[${this.#text(payload.bytes)}]`) as unknown[];
    return revive(args, kwargs);
  }

  encodePayload({ args, kwargs, opaque }: Payload): EncodedPayload | undefined {
    if (opaque !== undefined) return this.#encoded(stringify(opaque), 1);
    if (kwargs !== undefined && !isEmptyDict(kwargs))
      return this.#encoded(`${stringify(args ?? [])},${stringify(kwargs)}`, 2);
    return args === undefined || args.length === 0 ? undefined : this.#encoded(stringify(args), 1);
  }

  #encoded(text: string, elements: 1 | 2): EncodedPayload {
    if (text.length > SHORT_PAYLOAD) return new EncodedPayload(this, this.#encoder.encode(text), elements);
    this.#memory.reserve(MOST_UTF8 * text.length);
    this.#writer.open(this.#memory);
    this.#writer.text(text);
    return new EncodedPayload(this, this.#memory.commit(this.#writer.position), elements);
  }

  #write(fields: readonly unknown[], dict: string, payload: Uint8Array | undefined): Uint8Array {
    const writer = this.#writer;
    writer.open(this.#memory);
    let separator = OPEN_LIST;
    for (const field of fields) {
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
    return this.#memory.commit(writer.position);
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
    const args = elements[layout.required];
    const kwargs = kept === 2 ? elements[layout.required + 1] : undefined;
    // A view of its own class: Node's Buffer copies and slices in other ways than a Uint8Array.
    const bytes = new Uint8Array(frame.buffer, frame.byteOffset + start, stop - start);
    return new JsonPayload(this, bytes, kept, args, kwargs);
  }

  #byteOffset(frame: Uint8Array, text: string, offset: number): number {
    return text.length === frame.length ? offset : this.#encoder.encode(text.slice(0, offset)).length;
  }
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

/** A JSON codec with default limits. */
export const json: Codec = createJsonCodec();
