import type { Codec } from "@kreuz/codec";

/** How several messages travel in one (spec: "Message Batching"). */
export interface BatchFormat {
  join(messages: readonly Uint8Array[]): Uint8Array;
  /** Returns the messages of a batch, or what is wrong with it, as text. An empty batch is wrong. */
  split(batch: Uint8Array): readonly Uint8Array[] | string;
}

/** The format for one connection: a separator after each text message, a length before each binary one. */
export function batchFormatOf(codec: Codec): BatchFormat {
  return codec.binary ? LENGTH_PREFIXED : new SeparatedFormat();
}

/** Tiny messages cost more memory than the bytes they are made of. */
const MAX_MESSAGES = 65_536;
const RECORD_SEPARATOR = 0x1e;
const AUTOBAHN_SEPARATOR = 0x18;
const LENGTH_BYTES = 4;

/**
 * JSON escapes control characters within strings, so the separator is never part of a message. Autobahn|Python sends 0x18
 * instead of 0x1e and expects it back: each peer is answered with the separator that it uses.
 */
class SeparatedFormat implements BatchFormat {
  #separator = RECORD_SEPARATOR;

  join(messages: readonly Uint8Array[]): Uint8Array {
    const batch = Buffer.allocUnsafe(totalLength(messages) + messages.length);
    let offset = 0;
    for (const message of messages) {
      batch.set(message, offset);
      offset += message.length;
      batch[offset++] = this.#separator;
    }
    return batch;
  }

  split(batch: Uint8Array): readonly Uint8Array[] | string {
    const last = batch.at(-1);
    if (last === undefined) return EMPTY;
    if (last !== RECORD_SEPARATOR && last !== AUTOBAHN_SEPARATOR) return "a batch without a separator at its end";
    this.#separator = last;
    const messages: Uint8Array[] = [];
    for (let start = 0; start < batch.length;) {
      const end = batch.indexOf(last, start);
      if (messages.length === MAX_MESSAGES) return TOO_MANY;
      messages.push(batch.subarray(start, end));
      start = end + 1;
    }
    return messages;
  }
}

const LENGTH_PREFIXED: BatchFormat = {
  join(messages) {
    const batch = Buffer.allocUnsafe(totalLength(messages) + LENGTH_BYTES * messages.length);
    let offset = 0;
    for (const message of messages) {
      offset = batch.writeUInt32BE(message.length, offset);
      batch.set(message, offset);
      offset += message.length;
    }
    return batch;
  },
  split(batch) {
    if (batch.length === 0) return EMPTY;
    const view = new DataView(batch.buffer, batch.byteOffset, batch.length);
    const messages: Uint8Array[] = [];
    for (let start = 0; start < batch.length;) {
      if (batch.length - start < LENGTH_BYTES) return "a batch that ends within a length";
      const begin = start + LENGTH_BYTES;
      const end = begin + view.getUint32(start);
      if (end > batch.length) return "a batch that ends within a message";
      if (messages.length === MAX_MESSAGES) return TOO_MANY;
      messages.push(batch.subarray(begin, end));
      start = end;
    }
    return messages;
  },
};

const TOO_MANY = `a batch of more than ${MAX_MESSAGES} messages`;
const EMPTY = "an empty batch";

function totalLength(messages: readonly Uint8Array[]): number {
  return messages.reduce((total, { length }) => total + length, 0);
}
