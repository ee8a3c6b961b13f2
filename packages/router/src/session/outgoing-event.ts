import type { Codec, Event } from "@kreuz/codec";

/** One EVENT for many subscribers, encoded at most once per codec. */
export class OutgoingEvent {
  readonly message: Event;
  readonly #codecs: Codec[] = [];
  readonly #frames: Uint8Array[] = [];

  constructor(message: Event) {
    this.message = message;
  }

  frame(codec: Codec): Uint8Array {
    const known = this.#codecs.indexOf(codec);
    if (known >= 0) return this.#frames[known]!;
    const frame = codec.encode(this.message);
    this.#codecs.push(codec);
    this.#frames.push(frame);
    return frame;
  }
}
