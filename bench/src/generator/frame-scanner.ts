import { messageName, type Codec } from "@kreuz/codec";
import type { FrameFormat } from "./frame-format.js";
import { HEAD_BYTES, headFormatOf, type HeadFormat } from "./message-head.js";

const EMPTY = Buffer.alloc(0);

/** Finds the messages in what a server sends, and reads no more of each than its type and its first id. */
export class FrameScanner {
  /** The type that messages must have: any other would make a false figure. */
  expects = 0;
  /** Called for each ping. */
  onPing: () => void = () => {};
  readonly #format: FrameFormat;
  readonly #head: HeadFormat;
  #ids = new Float64Array(1024);
  #count = 0;
  /** Bytes of the current frame that have not arrived yet. */
  #missing = 0;
  /** The current frame's first id, or nothing when it is no message. */
  #id: number | undefined;
  /** The beginning of a frame, too short to be looked at. */
  #kept: Buffer = EMPTY;

  constructor(format: FrameFormat, codec: Codec) {
    this.#format = format;
    this.#head = headFormatOf(codec);
  }

  /** The first ids of the messages that {@link push} counted last. */
  get ids(): Float64Array {
    return this.#ids.subarray(0, this.#count);
  }

  /**
   * Takes what arrived, and returns how many messages are whole with it.
   *
   * @throws Error when one is not of the type that is expected.
   */
  push(chunk: Buffer): number {
    const data = this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk]);
    this.#kept = EMPTY;
    this.#count = 0;
    let at = 0;
    while (at < data.length) {
      if (this.#missing === 0) {
        const header = this.#begin(data, at);
        if (header === 0) {
          this.#kept = data.subarray(at);
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

  /** Looks at the frame that begins at `at`. Returns the length of its header, or 0 when too little has arrived. */
  #begin(data: Buffer, at: number): number {
    const header = this.#format.headerLength(data, at);
    if (header === 0) return 0;
    const length = this.#format.payloadLength(data, at);
    if (data.length - at - header < Math.min(length, HEAD_BYTES)) return 0;
    if (this.#format.isPing(data, at)) this.onPing();
    this.#id = this.#format.isControl(data, at) ? undefined : this.#look(data, at + header, length);
    this.#missing = length;
    return header;
  }

  #look(data: Buffer, at: number, length: number): number {
    const type = this.#head.type(data, at);
    if (type === this.expects) return this.#head.id(data, at);
    const text = data.toString("latin1", at, at + Math.min(length, 200));
    throw new Error(`expected ${messageName(this.expects)}, got ${messageName(type)}: ${text}`);
  }

  #add(id: number): void {
    if (this.#count === this.#ids.length) {
      const more = new Float64Array(this.#ids.length * 2);
      more.set(this.#ids);
      this.#ids = more;
    }
    this.#ids[this.#count++] = id;
  }
}
