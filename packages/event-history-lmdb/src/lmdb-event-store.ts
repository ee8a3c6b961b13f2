import { mkdirSync } from "node:fs";
import type { Id, Uri } from "@kreuz/codec";
import type {
  EventRange,
  EventStore,
  EventStoreLimits,
  KeptEvent,
  OpenEventStore,
  StoredEvent,
} from "@kreuz/event-history";
import { open, type Database, type RootDatabase } from "lmdb";
import { decodeRecord, encodeRecord, offsetOf } from "./event-record.js";

/** Keys that a read fetches at a time. */
const KEYS_PER_BATCH = 256;
/** Events that one transaction drops. */
const EVENTS_PER_EVICTION = 64;
/** LMDB bounds the length of keys. Longer topics share index entries; the reader's filter tells them apart. */
const MAX_TOPIC_KEY_LENGTH = 200;
/** Value of index entries, which carry no data beyond their key. */
const PRESENT = Buffer.of(1);

/** The part of a realm that a store uses. */
type Realm = Pick<Parameters<OpenEventStore>[0], "metrics" | "logger">;

/**
 * Stores events in an LMDB database by position, with indexes by publication and by topic. An event and its index entries
 * are written in one transaction.
 */
export class LmdbEventStore implements EventStore {
  readonly #limits: EventStoreLimits;
  readonly #realm: Realm;
  readonly #root: RootDatabase<Buffer, number>;
  readonly #events: Database<Buffer, number>;
  readonly #publications: Database<number, Id>;
  readonly #topics: Database<Buffer, [topic: string, position: number]>;
  /** Positions of the oldest event and of the next one, and their offsets in bytes. */
  #first = 0;
  #next = 0;
  #firstOffset = 0;
  #nextOffset = 0;
  #written: Promise<unknown> = Promise.resolve();
  #eviction: Promise<void> | undefined;
  #closed = false;

  private constructor(path: string, limits: EventStoreLimits, realm: Realm) {
    this.#limits = limits;
    this.#realm = realm;
    this.#root = open<Buffer, number>({ path, encoding: "binary", noSubdir: false });
    this.#events = this.#root.openDB({ name: "events", encoding: "binary" });
    this.#publications = this.#root.openDB({ name: "publications", encoding: "ordered-binary" });
    this.#topics = this.#root.openDB({ name: "topics", encoding: "binary" });
    this.#measure();
  }

  static async open(path: string, limits: EventStoreLimits, realm: Realm): Promise<LmdbEventStore> {
    mkdirSync(path, { recursive: true });
    const store = new LmdbEventStore(path, limits, realm);
    await store.#evict();
    return store;
  }

  append(event: KeptEvent): Promise<void> {
    const record = encodeRecord(event, this.#nextOffset);
    const position = this.#next++;
    this.#nextOffset += record.length;
    // lmdb commits the writes of one turn of the event loop in one transaction.
    const writes = Promise.all([
      this.#events.put(position, Buffer.from(record.buffer)),
      this.#publications.put(event.publication, position),
      this.#topics.put([topicKey(event.topic), position], PRESENT),
    ]);
    this.#written = writes.catch(() => {});
    return this.#acknowledge(writes);
  }

  async position(publication: Id): Promise<number | undefined> {
    await this.#written;
    return this.#closed ? undefined : this.#publications.get(publication);
  }

  async *read(range: EventRange): AsyncIterable<StoredEvent> {
    await this.#written;
    let { first, last } = range;
    // In batches: a cursor that stays open during the read would keep LMDB from reusing pages.
    while (!this.#closed && first <= last) {
      const positions = this.#positions({ ...range, first, last });
      for (const position of positions) {
        const record = this.#closed ? undefined : this.#events.get(position);
        if (record !== undefined) yield decodeRecord(record);
      }
      const farthest = positions.at(-1);
      if (farthest === undefined || positions.length < KEYS_PER_BATCH) return;
      if (range.reverse) last = farthest - 1;
      else first = farthest + 1;
    }
  }

  async close(): Promise<void> {
    await this.#written;
    await this.#eviction;
    this.#closed = true;
    await this.#root.close();
  }

  async #acknowledge(writes: Promise<unknown>): Promise<void> {
    await writes;
    this.#eviction ??= this.#evictInBackground();
  }

  /** The next positions in the range: those of one topic from its index, otherwise all. */
  #positions({ uri, match, first, last, reverse }: EventRange): readonly number[] {
    const [start, end] = reverse ? [last, first] : [first, last];
    const options = { reverse, limit: KEYS_PER_BATCH, inclusiveEnd: true };
    if (match !== "exact") return [...this.#events.getKeys({ ...options, start, end })];
    const topic = topicKey(uri);
    const keys = this.#topics.getKeys({ ...options, start: [topic, start], end: [topic, end] });
    return Array.from(keys, ([, position]) => position);
  }

  /** Reads positions and offsets from the first and the last record. */
  #measure(): void {
    for (const { key, value } of this.#events.getRange({ limit: 1 })) {
      this.#first = key;
      this.#firstOffset = offsetOf(value);
    }
    for (const { key, value } of this.#events.getRange({ limit: 1, reverse: true })) {
      this.#next = key + 1;
      this.#nextOffset = offsetOf(value) + value.length;
    }
  }

  get #exceedsLimits(): boolean {
    const { maxEvents, maxBytes } = this.#limits;
    return this.#next - this.#first > maxEvents || this.#nextOffset - this.#firstOffset > maxBytes;
  }

  async #evictInBackground(): Promise<void> {
    try {
      await this.#evict();
    } catch (error) {
      this.#realm.logger.error(
        { error },
        "event history: dropping old events failed; the store may grow beyond maxEvents and maxBytes",
      );
    }
    this.#eviction = undefined;
  }

  /** Drops the oldest events while the store exceeds its limits. */
  async #evict(): Promise<void> {
    while (this.#exceedsLimits) {
      const removals = [...this.#events.getKeys({ start: this.#first, limit: EVENTS_PER_EVICTION })].flatMap(
        (position) => (this.#exceedsLimits ? this.#remove(position) : []),
      );
      // The oldest event is still being written: the next eviction drops it.
      if (removals.length === 0) return;
      await Promise.all(removals);
    }
  }

  #remove(position: number): Promise<boolean>[] {
    const record = this.#events.get(position);
    if (record === undefined) return [];
    const { publication, topic } = decodeRecord(record);
    this.#first = position + 1;
    this.#firstOffset = offsetOf(record) + record.length;
    this.#realm.metrics.count("limit_event_history");
    return [
      this.#events.remove(position),
      this.#publications.remove(publication),
      this.#topics.remove([topicKey(topic), position]),
    ];
  }
}

function topicKey(topic: Uri): string {
  return topic.slice(0, MAX_TOPIC_KEY_LENGTH);
}
