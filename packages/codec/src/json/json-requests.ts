import { plainView } from "../frame/frame-memory.js";
import { Utf8Reader } from "../frame/utf8-reader.js";
import { EMPTY_DICT } from "../messages/checks.js";
import { MessageType as M } from "../messages/message-type.js";
import type { Message } from "../messages/messages.js";
import { EMPTY_PAYLOAD, EncodedPayload, type Payload, type PayloadFormat } from "../payload.js";
import { BOUNDS_PER_ELEMENT } from "./json-scanner.js";

const SPACE = 0x20;
const QUOTE = 0x22;
const ZERO = 0x30;
const OPEN_LIST = 0x5b;
const OPEN_DICT = 0x7b;
/** Ids of up to this many digits are below 2^53. */
const MAX_ID_DIGITS = 15;

/**
 * Reads CALL, PUBLISH and YIELD from a frame that a scanner has accepted, in the form in which nearly all of them come:
 * without options, with a URI without escapes and an id of 15 digits at most, and no white space behind a bracket. Any other
 * message is left to `JsonElements` and the checks of each field.
 */
export class JsonRequests {
  readonly #format: PayloadFormat;
  readonly #utf8 = new Utf8Reader();
  #frame: Uint8Array = new Uint8Array(0);
  #bounds: Int32Array = new Int32Array(0);

  /** @param format - the codec that payloads belong to. */
  constructor(format: PayloadFormat) {
    this.#format = format;
  }

  /** @param bounds - where the elements lie. @returns `undefined` for a message in another form. */
  read(frame: Uint8Array, bounds: Int32Array, count: number): Message | undefined {
    this.#frame = frame;
    this.#bounds = bounds;
    const type = this.#numberAt(0);
    const required = type === M.YIELD ? 3 : 4;
    if ((type !== M.CALL && type !== M.PUBLISH && type !== M.YIELD) || count < required || count > required + 2)
      return undefined;
    const request = this.#numberAt(1);
    const payload = this.#payloadAt(required, count - required);
    if (request < 1 || payload === undefined || this.#lengthOf(2, OPEN_DICT) !== 2) return undefined;
    if (type === M.YIELD) return { type, request, options: EMPTY_DICT, payload };
    const uri = this.#uriAt(3);
    if (uri === undefined) return undefined;
    return type === M.CALL
      ? { type, request, options: EMPTY_DICT, procedure: uri, payload }
      : { type, request, options: EMPTY_DICT, topic: uri, payload };
  }

  #start(index: number): number {
    return this.#bounds[BOUNDS_PER_ELEMENT * index] as number;
  }

  #end(index: number): number {
    return this.#bounds[BOUNDS_PER_ELEMENT * index + 1] as number;
  }

  /** -1 for anything but an integer of few digits. */
  #numberAt(index: number): number {
    const end = this.#end(index);
    let offset = this.#start(index);
    if (end - offset > MAX_ID_DIGITS) return -1;
    let value = 0;
    for (; offset < end; offset++) {
      const digit = (this.#frame[offset] as number) - ZERO;
      if (digit < 0 || digit > 9) return -1;
      value = 10 * value + digit;
    }
    return value;
  }

  #uriAt(index: number): string | undefined {
    const start = this.#start(index);
    const isPlain = this.#frame[start] === QUOTE && this.#bounds[BOUNDS_PER_ELEMENT * index + 2] === 0;
    return isPlain ? this.#utf8.read(this.#frame, start + 1, this.#end(index) - 1) : undefined;
  }

  /** Length of an element that begins with `bracket` and goes on at once, -1 for any other. An empty one has two bytes. */
  #lengthOf(index: number, bracket: number): number {
    const start = this.#start(index);
    const isCompact = this.#frame[start] === bracket && (this.#frame[start + 1] as number) > SPACE;
    return isCompact ? this.#end(index) - start : -1;
  }

  #payloadAt(index: number, elements: number): Payload | undefined {
    if (elements === 0) return EMPTY_PAYLOAD;
    const args = this.#lengthOf(index, OPEN_LIST);
    const kwargs = elements === 1 ? 2 : this.#lengthOf(index + 1, OPEN_DICT);
    if (args < 0 || kwargs < 0) return undefined;
    if (kwargs === 2 && args === 2) return EMPTY_PAYLOAD;
    const kept = kwargs === 2 ? 1 : 2;
    const bytes = plainView(this.#frame, this.#start(index), this.#end(index + kept - 1));
    return new EncodedPayload(this.#format, bytes, kept);
  }
}
