import { messageName, type Codec } from "@kreuz/codec";
import type { FrameFormat } from "./frame-format.js";
import { MAX_HEAD_BYTES, headFormatOf, type HeadFormat } from "./message-head.js";

const EMPTY = Buffer.alloc(0);

/** Splits what a server sends into messages, and reads only the type and the first id of each. */
export class FrameScanner {
  /** The type that every message must have; another one, such as ERROR, would make the figures wrong. */
  expectedType = 0;
  /** Called for each ping. */
  onPing: () => void = () => {};
  readonly #format: FrameFormat;
  readonly #head: HeadFormat;
  #ids = new Float64Array(1024);
  #count = 0;
  /** Bytes of the current frame that have not arrived. */
  #missing = 0;
  /** The first id of the current message; `undefined` for a control frame. */
  #id: number | undefined;
  /** The start of a frame that is too short to be read. */
  #rest: Buffer = EMPTY;

  constructor(format: FrameFormat, codec: Codec) {
    this.#format = format;
    this.#head = headFormatOf(codec);
  }

  /** The first ids of the messages that the last {@link push} completed. */
  get ids(): Float64Array {
    return this.#ids.subarray(0, this.#count);
  }

  /**
   * Processes received data.
   *
   * @returns the number of messages that it completed.
   * @throws Error if one is not of the expected type.
   */
  push(chunk: Buffer): number {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = EMPTY;
    this.#count = 0;
    let at = 0;
    while (at < data.length) {
      if (this.#missing === 0) {
        const header = this.#begin(data, at);
        if (header === 0) {
          this.#rest = data.subarray(at);
          break;
        }
        at += header;
      }
      const taken = Math.min(this.#missing, data.length - at);
      at += taken;
      this.#missing -= taken;
      if (this.#missing === 0 && this.#id !== undefined) this.#add(this.#id);
    }
    return this.#count;
  }

  /** Reads the start of the frame at `at`. @returns the length of its header, or 0 if too little has arrived. */
  #begin(data: Buffer, at: number): number {
    const header = this.#format.headerLength(data, at);
    if (header === 0) return 0;
    const length = this.#format.payloadLength(data, at);
    if (data.length - at - header < Math.min(length, MAX_HEAD_BYTES)) return 0;
    if (this.#format.isPing(data, at)) this.onPing();
    if (this.#format.isControl(data, at)) this.#id = undefined;
    // Only counted: inflating would take the generator longer than deflating takes the server.
    else if (this.#format.isCompressed?.(data, at) === true) this.#id = 0;
    else this.#id = this.#readHead(data, at + header, length);
    this.#missing = length;
    return header;
  }

  #readHead(data: Buffer, at: number, length: number): number {
    const type = this.#head.type(data, at);
    if (type === this.expectedType) return this.#head.id(data, at);
    const text = data.toString("latin1", at, at + Math.min(length, 200));
    throw new Error(`expected ${messageName(this.expectedType)}, got ${messageName(type)}: ${text}`);
  }

  #add(id: number): void {
    if (this.#count === this.#ids.length) {
      const larger = new Float64Array(this.#ids.length * 2);
      larger.set(this.#ids);
      this.#ids = larger;
    }
    this.#ids[this.#count++] = id;
  }
}
