import type { Codec, Id, Message } from "@kreuz/codec";
import type { FrameFormat } from "./frame-format.js";
import { headFormatOf, type HeadFormat } from "./message-head.js";

/** A frame of which only the id changes. */
interface Template {
  readonly frame: Buffer;
  /** Where the payload begins. */
  readonly payload: number;
}

/**
 * Frames that differ in the id that is their second element and in nothing else. They are encoded once; each that is
 * sent is a copy in which the id is written over.
 */
export class PreparedFrames {
  readonly #format: FrameFormat;
  readonly #codec: Codec;
  readonly #head: HeadFormat;
  readonly #make: (id: Id) => Message;
  readonly #idOffset: number;
  /** One for each number of bytes that an id can take. */
  readonly #templates = new Map<number, Template>();
  readonly #scratch = new Uint8Array(16);

  constructor(format: FrameFormat, codec: Codec, make: (id: Id) => Message) {
    this.#format = format;
    this.#codec = codec;
    this.#head = headFormatOf(codec);
    this.#make = make;
    this.#idOffset = this.#head.idOffset(make(1).type);
  }

  /** Frames with the ids `first`, `first + 1` and so on. */
  sequence(first: Id, count: number): Buffer {
    return this.#write(count, (index) => first + index);
  }

  /** Frames with these ids. */
  of(ids: Float64Array): Buffer {
    return this.#write(ids.length, (index) => ids[index]!);
  }

  #write(count: number, id: (index: number) => Id): Buffer {
    let size = 0;
    for (let index = 0; index < count; index++) size += this.#template(id(index)).frame.length;
    const frames = Buffer.allocUnsafe(size);
    let at = 0;
    for (let index = 0; index < count; index++) at += this.#copy(frames, at, id(index));
    return frames;
  }

  #copy(frames: Buffer, at: number, id: Id): number {
    const { frame, payload } = this.#template(id);
    frame.copy(frames, at);
    const length = this.#head.idLength(id);
    this.#head.writeId(this.#scratch, id, length);
    const offset = this.#idOffset;
    for (let index = 0; index < length; index++)
      frames[at + payload + offset + index] = this.#format.masked(this.#scratch[index]!, offset + index);
    return frame.length;
  }

  #template(id: Id): Template {
    const length = this.#head.idLength(id);
    const known = this.#templates.get(length);
    if (known !== undefined) return known;
    const encoded = this.#codec.encode(this.#make(id));
    const frame = this.#format.frame(this.#codec, encoded);
    const template = { frame, payload: frame.length - encoded.length };
    this.#templates.set(length, template);
    return template;
  }
}
