import type { JetStreamClient, JetStreamManager, JsMsg } from "@nats-io/jetstream";

/** Messages that are asked for at a time. */
const BATCH = 32;
/** What is left of a stream that drops messages meanwhile is waited for no longer, in milliseconds. */
const PATIENCE = 1000;
/** The server forgets a reader that is not heard of for so long, in nanoseconds. */
const FORGOTTEN = 60e9;

/** How many positions are looked through at a time from the end, at least and at most. */
const NARROW = 256;
const WIDE = 65_536;
/** What is kept of these. */
const MAX_KEPT = 256;
const MAX_KEPT_BYTES = 4 * 1024 * 1024;

/** A message of a stream. */
export type StreamMessage = Pick<JsMsg, "seq" | "data">;

/** Positions and subjects to read. */
export interface StreamRange {
  readonly first: number;
  readonly last: number;
  readonly subject: string;
}

/** Reads a stream from either end. The server reads forward only. */
export class StreamReader {
  readonly #client: JetStreamClient;
  readonly #manager: JetStreamManager;
  readonly #stream: string;

  constructor(client: JetStreamClient, manager: JetStreamManager, stream: string) {
    this.#client = client;
    this.#manager = manager;
    this.#stream = stream;
  }

  async *forward({ first, last, subject }: StreamRange): AsyncGenerator<StreamMessage, void> {
    if (first > last) return;
    const { consumers } = this.#manager;
    const { name, num_pending } = await consumers.add(this.#stream, {
      ack_policy: "none",
      deliver_policy: "by_start_sequence",
      opt_start_seq: Math.max(first, 1),
      filter_subject: subject,
      inactive_threshold: FORGOTTEN,
      mem_storage: true,
      num_replicas: 1,
    });
    try {
      const consumer = await this.#client.consumers.get(this.#stream, name);
      for (let left = num_pending; left > 0;) {
        let came = 0;
        for await (const message of await consumer.fetch({ max_messages: Math.min(left, BATCH), expires: PATIENCE })) {
          came++;
          if (message.seq > last) return;
          yield message;
          left = message.info.pending;
          if (message.seq === last) return;
        }
        // Messages that were counted were dropped meanwhile.
        if (came === 0) left = (await consumer.info()).num_pending;
      }
    } finally {
      await consumers.delete(this.#stream, name).catch(() => {});
    }
  }

  /** Reads pieces from the end, each forward; the fewer messages fit, the longer pieces. */
  async *backward({ first, last, subject }: StreamRange): AsyncGenerator<StreamMessage, void> {
    let width = NARROW;
    let end = last;
    while (end >= first) {
      const start = Math.max(first, end - width + 1);
      const { kept, dropped } = await this.#endOf({ first: start, last: end, subject });
      yield* kept.toReversed();
      end = dropped ? kept[0]!.seq - 1 : start - 1;
      if (dropped) width = Math.max(NARROW, width / 4);
      else if (kept.length < MAX_KEPT / 4) width = Math.min(WIDE, width * 4);
    }
  }

  async #endOf(range: StreamRange): Promise<{ readonly kept: readonly StreamMessage[]; readonly dropped: boolean }> {
    const kept: StreamMessage[] = [];
    let bytes = 0;
    let dropped = false;
    for await (const message of this.forward(range)) {
      kept.push(message);
      bytes += message.data.length;
      while (kept.length > 1 && (kept.length > MAX_KEPT || bytes > MAX_KEPT_BYTES)) {
        bytes -= kept.shift()!.data.length;
        dropped = true;
      }
    }
    return { kept, dropped };
  }
}
