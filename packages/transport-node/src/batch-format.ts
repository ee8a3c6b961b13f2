import type { Codec } from "@kreuz/codec";

/** How several messages travel in one (spec: "Message Batching"). */
export interface BatchFormat {
  /** Puts messages together. */
  join(messages: readonly Uint8Array[]): Uint8Array;
  /**
   * Takes a batch apart.
   *
   * @returns what is wrong with it, as text; an empty batch is.
   */
  split(batch: Uint8Array): readonly Uint8Array[] | string;
}

/** Text is separated, binary is prefixed by lengths. */
export function batchFormatOf(codec: Codec): BatchFormat {
  return codec.binary ? LENGTHS : SEPARATORS;
}

/** More in one batch would cost more memory than the bytes that they are made of. */
const MAX_MESSAGES = 65_536;
const RECORD_SEPARATOR = 0x1e;
const LENGTH_BYTES = 4;

/** JSON escapes control characters within texts, so that the separator is never part of a message. */
const SEPARATORS: BatchFormat = {
  join(messages) {
    const batch = Buffer.allocUnsafe(totalOf(messages) + messages.length);
    let offset = 0;
    for (const message of messages) {
      batch.set(message, offset);
      offset += message.length;
      batch[offset++] = RECORD_SEPARATOR;
    }
    return batch;
  },
  split(batch) {
    if (batch.length === 0) return EMPTY;
    if (batch.at(-1) !== RECORD_SEPARATOR) return "the last message of a batch has no separator behind it";
    const messages: Uint8Array[] = [];
    for (let start = 0; start < batch.length;) {
      const end = batch.indexOf(RECORD_SEPARATOR, start);
      if (messages.length === MAX_MESSAGES) return TOO_MANY;
      messages.push(batch.subarray(start, end));
      start = end + 1;
    }
    return messages;
  },
};

const LENGTHS: BatchFormat = {
  join(messages) {
    const batch = Buffer.allocUnsafe(totalOf(messages) + LENGTH_BYTES * messages.length);
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
      if (batch.length - start < LENGTH_BYTES) return "a batch ends within a length";
      const begin = start + LENGTH_BYTES;
      const end = begin + view.getUint32(start);
      if (end > batch.length) return "a batch ends within a message";
      if (messages.length === MAX_MESSAGES) return TOO_MANY;
      messages.push(batch.subarray(begin, end));
      start = end;
    }
    return messages;
  },
};

const TOO_MANY = `a batch of more than ${MAX_MESSAGES} messages`;
const EMPTY = "a batch without a message";

function totalOf(messages: readonly Uint8Array[]): number {
  return messages.reduce((total, { length }) => total + length, 0);
}
