import type { Codec, Id, Message } from "@kreuz/codec";
import type { FrameFormat } from "./frame-format.js";
import { headFormatOf, type HeadFormat } from "./message-head.js";

/** A frame in which only the id changes. */
interface Template {
  readonly frame: Buffer;
  /** Offset of the payload. */
  readonly payloadOffset: number;
}

/**
 * Produces frames that differ only in the id that is their second element. Encodes the message once per length of the id,
 * and overwrites the id in copies.
 */
export class PreparedFrames {
  readonly #format: FrameFormat;
  readonly #codec: Codec;
  readonly #head: HeadFormat;
  readonly #createMessage: (id: Id) => Message;
  readonly #idOffset: number;
  /** By the length of the encoded id. */
  readonly #templates = new Map<number, Template>();
  readonly #scratch = new Uint8Array(16);

  constructor(format: FrameFormat, codec: Codec, createMessage: (id: Id) => Message) {
    this.#format = format;
    this.#codec = codec;
    this.#head = headFormatOf(codec);
    this.#createMessage = createMessage;
    this.#idOffset = this.#head.idOffset(createMessage(1).type);
  }

  /** Returns frames with consecutive ids from `first`. */
  sequence(first: Id, count: number): Buffer {
    return this.#write(count, (index) => first + index);
  }

  /** Returns frames with these ids. */
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
    const { frame, payloadOffset } = this.#template(id);
    frame.copy(frames, at);
    const length = this.#head.idLength(id);
    this.#head.writeId(this.#scratch, id, length);
    const offset = this.#idOffset;
    for (let index = 0; index < length; index++)
      frames[at + payloadOffset + offset + index] = this.#format.mask(this.#scratch[index]!, offset + index);
    return frame.length;
  }

  #template(id: Id): Template {
    const length = this.#head.idLength(id);
    const known = this.#templates.get(length);
    if (known !== undefined) return known;
    const encoded = this.#codec.encode(this.#createMessage(id));
    const frame = this.#format.frame(this.#codec, encoded);
    const template = { frame, payloadOffset: frame.length - encoded.length };
    this.#templates.set(length, template);
    return template;
  }
}
