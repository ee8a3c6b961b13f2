import type { Id, Uri } from "@kreuz/codec";
import type {
  EventRange,
  EventStore,
  EventStoreLimits,
  KeptEvent,
  StoredEvent,
  StoreRealm,
} from "@kreuz/event-history";
import { DatabaseFolder, type FolderFormat, WriteRoom } from "@kreuz/lmdb-folder";
import { open, type Database, type RootDatabase } from "lmdb";
import { decodeRecord, encodeRecord, offsetOf, setOffset } from "./event-record.js";
import { GroupCommit } from "./group-commit.js";

/** Keys that a read fetches at a time. */
const KEYS_PER_BATCH = 256;
/** Events that one transaction drops, besides as many as it adds. */
const EVENTS_PER_EVICTION = 64;
/** LMDB bounds the length of keys. Longer topics share index entries; the reader's filter tells them apart. */
const MAX_TOPIC_KEY_LENGTH = 200;
/** Value of index entries, which carry no data beyond their key. */
const PRESENT = Buffer.of(1);
/** Records have a version of their own. */
const FORMAT: FolderFormat = {
  name: "kreuz-event-history",
  version: 1,
  header: "history.json",
  option: "path",
  empty: "an empty history",
  package: "@kreuz/event-history-lmdb",
};

/** The part of a realm that a store uses. */
type Realm = Pick<StoreRealm, "metrics" | "logger" | "clock">;

/** An event that waits to be written. */
interface NewEvent {
  readonly publication: Id;
  readonly topic: Uri;
  readonly record: Uint8Array;
}

/** Where the events in the database begin and end: positions, and offsets in bytes. */
interface Extent {
  readonly first: number;
  readonly firstOffset: number;
  readonly next: number;
  readonly nextOffset: number;
}

/** What one transaction removes. */
interface Removal {
  readonly position: number;
  /** Offset of the next event. */
  readonly end: number;
  /** Absent when the record is damaged: then its index entries stay. */
  readonly event?: StoredEvent;
}

/**
 * Stores events in an LMDB database by position, with indexes by publication and by topic. An event and its index entries
 * are written in one transaction, together with other events that arrived meanwhile, and are on disk when it is over.
 */
export class LmdbEventStore implements EventStore {
  readonly #folder: DatabaseFolder;
  readonly #limits: EventStoreLimits;
  readonly #realm: Realm;
  readonly #root: RootDatabase<Buffer, number>;
  readonly #events: Database<Buffer, number>;
  readonly #publications: Database<number, Id>;
  readonly #topics: Database<Buffer, [topic: string, position: number]>;
  readonly #commits: GroupCommit<NewEvent>;
  readonly #room: WriteRoom;
  #extent: Extent = { first: 0, firstOffset: 0, next: 0, nextOffset: 0 };
  #damagedRecords = 0;
  #closed = false;

  private constructor(folder: DatabaseFolder, limits: EventStoreLimits, realm: Realm) {
    this.#folder = folder;
    this.#room = new WriteRoom(folder.path);
    this.#limits = limits;
    this.#realm = realm;
    // Without overlapping sync a commit is on disk when it resolves. Transactions are formed by GroupCommit.
    const options = { path: folder.path, noSubdir: false, overlappingSync: false, eventTurnBatching: false };
    this.#root = open<Buffer, number>({ ...options, encoding: "binary" });
    this.#events = this.#root.openDB({ name: "events", encoding: "binary" });
    this.#publications = this.#root.openDB({ name: "publications", encoding: "ordered-binary" });
    this.#topics = this.#root.openDB({ name: "topics", encoding: "binary" });
    this.#commits = new GroupCommit(realm.clock, (events) => this.#commit(events));
    this.#measure();
  }

  /** @throws ConfigError when the folder is in use, damaged, or of a later version. */
  static async open(path: string, limits: EventStoreLimits, realm: Realm): Promise<LmdbEventStore> {
    const folder = await DatabaseFolder.open(path, FORMAT);
    let store: LmdbEventStore;
    try {
      store = new LmdbEventStore(folder, limits, realm);
      folder.opened();
    } catch (error) {
      folder.abandon();
      throw error;
    }
    // Limits may be lower than before.
    await store.#commits.drain();
    return store;
  }

  async append(event: KeptEvent): Promise<void> {
    const record = encodeRecord(event);
    await this.#commits.add({ publication: event.publication, topic: event.topic, record }, record.length);
  }

  async position(publication: Id): Promise<number | undefined> {
    await this.#commits.settled();
    return this.#closed ? undefined : this.#publications.get(publication);
  }

  async *read(range: EventRange): AsyncIterable<StoredEvent> {
    await this.#commits.settled();
    let { first, last } = range;
    // In batches: a cursor that stays open during the read would keep LMDB from reusing pages.
    while (!this.#closed && first <= last) {
      const positions = this.#positions({ ...range, first, last });
      for (const position of positions) {
        const record = this.#closed ? undefined : this.#events.get(position);
        const event = record === undefined ? undefined : this.#decode(record, position);
        if (event !== undefined) yield event;
      }
      const farthest = positions.at(-1);
      if (farthest === undefined || positions.length < KEYS_PER_BATCH) return;
      if (range.reverse) last = farthest - 1;
      else first = farthest + 1;
    }
  }

  async close(): Promise<void> {
    await this.#commits.drain();
    this.#closed = true;
    await this.#root.close();
    this.#folder.close();
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

  /** @returns `undefined` for a damaged record, which is logged once: a reader still gets the others. */
  #decode(record: Uint8Array, position: number): StoredEvent | undefined {
    try {
      return decodeRecord(record);
    } catch (error) {
      if (this.#damagedRecords++ === 0)
        this.#realm.logger.error(
          { error, folder: this.#folder.path, position },
          "event history: a stored event is damaged and left out of results; further ones are left out without a line",
        );
      return undefined;
    }
  }

  /** Reads positions and offsets from the first and the last record. */
  #measure(): void {
    let { first, firstOffset, next, nextOffset } = this.#extent;
    for (const { key, value } of this.#events.getRange({ limit: 1 })) [first, firstOffset] = [key, offsetOf(value)];
    for (const { key, value } of this.#events.getRange({ limit: 1, reverse: true }))
      [next, nextOffset] = [key + 1, offsetOf(value) + value.length];
    this.#extent = { first, firstOffset, next, nextOffset };
  }

  /**
   * Writes events, and drops the oldest beyond the limits, in one transaction. If it fails, nothing has changed.
   * @returns whether the store still exceeds its limits.
   */
  async #commit(events: readonly NewEvent[]): Promise<boolean> {
    await this.#room.check();
    const removals = this.#removals(events);
    if (events.length === 0 && removals.length === 0) return false;
    const { next } = this.#extent;
    const extent = this.#extentAfter(events, removals);
    try {
      await this.#root.batch(() => {
        for (const removal of removals) this.#remove(removal);
        for (const [index, event] of events.entries()) this.#put(next + index, event);
      });
    } catch (error) {
      throw await this.#room.failed(error, bytesOf(events));
    }
    this.#room.succeeded();
    this.#extent = extent;
    for (const _ of removals) this.#realm.metrics.count("limit_event_history");
    return this.#exceedsLimits(extent) && extent.next > extent.first;
  }

  #put(position: number, { publication, topic, record }: NewEvent): void {
    void this.#events.put(position, Buffer.from(record.buffer));
    void this.#publications.put(publication, position);
    void this.#topics.put([topicKey(topic), position], PRESENT);
  }

  #remove({ position, event }: Removal): void {
    void this.#events.remove(position);
    if (event === undefined) return;
    void this.#publications.remove(event.publication);
    void this.#topics.remove([topicKey(event.topic), position]);
  }

  /** The oldest events that give way to new ones: of those in the database, a bounded number. */
  #removals(events: readonly NewEvent[]): readonly Removal[] {
    const bytes = bytesOf(events);
    let { first, firstOffset, next, nextOffset } = this.#extent;
    [next, nextOffset] = [next + events.length, nextOffset + bytes];
    const removals: Removal[] = [];
    if (!this.#exceedsLimits({ first, firstOffset, next, nextOffset })) return removals;
    for (const { key, value } of this.#events.getRange({ start: first, limit: events.length + EVENTS_PER_EVICTION })) {
      if (!this.#exceedsLimits({ first, firstOffset, next, nextOffset })) break;
      const event = this.#decode(value, key);
      [first, firstOffset] = [key + 1, offsetOf(value) + value.length];
      removals.push({ position: key, end: firstOffset, ...(event && { event }) });
    }
    return removals;
  }

  /** The extent after a transaction; tells each new record its offset. */
  #extentAfter(events: readonly NewEvent[], removals: readonly Removal[]): Extent {
    let { first, firstOffset, nextOffset } = this.#extent;
    const last = removals.at(-1);
    if (last !== undefined) [first, firstOffset] = [last.position + 1, last.end];
    for (const { record } of events) {
      setOffset(record, nextOffset);
      nextOffset += record.length;
    }
    return { first, firstOffset, next: this.#extent.next + events.length, nextOffset };
  }

  #exceedsLimits({ first, firstOffset, next, nextOffset }: Extent): boolean {
    const { maxEvents, maxBytes } = this.#limits;
    return next - first > maxEvents || nextOffset - firstOffset > maxBytes;
  }
}

function bytesOf(events: readonly NewEvent[]): number {
  return events.reduce((sum, { record }) => sum + record.length, 0);
}

function topicKey(topic: Uri): string {
  return topic.slice(0, MAX_TOPIC_KEY_LENGTH);
}
