import { ByteWriter } from "../wire/byte-writer.js";
import { FRAME_HEAD_BYTES, writeBroadcastHead } from "./link-messages.js";
import type { Link } from "./link.js";

/** More than a recipient takes in the head: its name, and its progress. */
const RECIPIENT_BYTES = 128;

/**
 * Frames for several nodes, written once. To each of them they are a DATA of its link, with the number that its link gives
 * them: so the order among them and what is sent to one node alone is kept, and a loss is noticed as any other.
 */
export class Broadcast {
  readonly #maxBytes: number;
  readonly #batch: number;
  readonly #send: (message: Uint8Array) => void;
  readonly #frames = new ByteWriter();
  readonly #message = new ByteWriter();
  #targets: readonly Link[] = [];
  #frameAt = 0;

  constructor(maxBytes: number, batch: number, send: (message: Uint8Array) => void) {
    this.#maxBytes = maxBytes;
    this.#batch = batch;
    this.#send = send;
  }

  /** Whether frames for this link are gathered. */
  names(link: Link): boolean {
    return this.#frames.length > 0 && this.#targets.includes(link);
  }

  begin(type: number, targets: readonly Link[]): ByteWriter | undefined {
    const open = targets.filter((link) => link.admits("optional"));
    if (open.length !== this.#targets.length || open.some((link, index) => link !== this.#targets[index])) this.flush();
    if (open.length === 0) return undefined;
    this.#targets = open;
    for (const link of open) link.flush();
    this.#frameAt = this.#frames.skip(FRAME_HEAD_BYTES);
    this.#frames.number(type);
    return this.#frames;
  }

  end(): void {
    const { length } = this.#frames;
    this.#frames.setUint32(this.#frameAt, length - this.#frameAt - FRAME_HEAD_BYTES);
    if (length >= this.#batch) this.flush();
  }

  flush(): void {
    const frames = this.#frames;
    if (frames.length === 0) return;
    if (frames.length + this.#targets.length * RECIPIENT_BYTES > this.#maxBytes) {
      for (const link of this.#targets) link.sendFrames(frames.view());
    } else {
      const recipients = this.#targets.flatMap((link) => {
        const progress = link.count(frames.length);
        return progress === undefined ? [] : [{ node: link.node, progress }];
      });
      this.#message.clear();
      writeBroadcastHead(this.#message, recipients);
      this.#message.raw(frames.view());
      if (recipients.length > 0) this.#send(this.#message.view());
    }
    frames.clear();
  }
}
