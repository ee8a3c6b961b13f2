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
import { decodeRecord, encodeRecord, startOf } from "./event-record.js";

/** Keys that are looked up at once; what lies between is read one by one. */
const KEYS_PER_STEP = 256;
/** Events that give way in one transaction. */
const EVENTS_PER_EVICTION = 64;
/** LMDB's keys are bounded. Topics that begin alike share the part of the index; the reader tells them apart. */
const TOPIC_CHARACTERS = 200;
/** Value of index entries, which say everything by their key. */
const PRESENT = Buffer.of(1);

/** What a store needs of its realm. */
type Realm = Pick<Parameters<OpenEventStore>[0], "metrics" | "logger">;

/**
 * Events in an LMDB database, by position; with indexes by publication and by topic. One transaction has an event with
 * its index entries, or has none of it.
 */
export class LmdbEventStore implements EventStore {
  readonly #limits: EventStoreLimits;
  readonly #realm: Realm;
  readonly #root: RootDatabase<Buffer, number>;
  readonly #events: Database<Buffer, number>;
  readonly #publications: Database<number, Id>;
  readonly #topics: Database<Buffer, [topic: string, position: number]>;
  /** Positions of the oldest event and behind the newest, and as many bytes as all before them had. */
  #first = 0;
  #next = 0;
  #start = 0;
  #end = 0;
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
    const record = encodeRecord(event, this.#end);
    const position = this.#next++;
    this.#end += record.length;
    // In one turn of the event loop, and so in one transaction.
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
    // In steps: a cursor that stays open while somebody reads would keep LMDB from using pages again.
    while (!this.#closed && first <= last) {
      const positions = this.#positions({ ...range, first, last });
      for (const position of positions) {
        const record = this.#closed ? undefined : this.#events.get(position);
        if (record !== undefined) yield decodeRecord(record);
      }
      const farthest = positions.at(-1);
      if (farthest === undefined || positions.length < KEYS_PER_STEP) return;
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

  /** The next positions in the range: from the index for one topic, otherwise all. */
  #positions({ uri, match, first, last, reverse }: EventRange): readonly number[] {
    const [start, end] = reverse ? [last, first] : [first, last];
    const options = { reverse, limit: KEYS_PER_STEP, inclusiveEnd: true };
    if (match !== "exact") return [...this.#events.getKeys({ ...options, start, end })];
    const topic = topicKey(uri);
    const keys = this.#topics.getKeys({ ...options, start: [topic, start], end: [topic, end] });
    return Array.from(keys, ([, position]) => position);
  }

  /** The first and the last record tell how much there is. */
  #measure(): void {
    for (const { key, value } of this.#events.getRange({ limit: 1 })) {
      this.#first = key;
      this.#start = startOf(value);
    }
    for (const { key, value } of this.#events.getRange({ limit: 1, reverse: true })) {
      this.#next = key + 1;
      this.#end = startOf(value) + value.length;
    }
  }

  get #full(): boolean {
    const { maxEvents, maxBytes } = this.#limits;
    return this.#next - this.#first > maxEvents || this.#end - this.#start > maxBytes;
  }

  async #evictInBackground(): Promise<void> {
    try {
      await this.#evict();
    } catch (error) {
      this.#realm.logger.error({ error }, "old events could not be taken out of the event history");
    }
    this.#eviction = undefined;
  }

  /** Takes out the oldest while there is too much. */
  async #evict(): Promise<void> {
    while (this.#full) {
      const removals = [...this.#events.getKeys({ start: this.#first, limit: EVENTS_PER_EVICTION })].flatMap(
        (position) => (this.#full ? this.#remove(position) : []),
      );
      // What is still being written is taken out when it is there.
      if (removals.length === 0) return;
      await Promise.all(removals);
    }
  }

  #remove(position: number): Promise<boolean>[] {
    const record = this.#events.get(position);
    if (record === undefined) return [];
    const { publication, topic } = decodeRecord(record);
    this.#first = position + 1;
    this.#start = startOf(record) + record.length;
    this.#realm.metrics.count("limit_event_history");
    return [
      this.#events.remove(position),
      this.#publications.remove(publication),
      this.#topics.remove([topicKey(topic), position]),
    ];
  }
}

function topicKey(topic: Uri): string {
  return topic.slice(0, TOPIC_CHARACTERS);
}
