import type { Id } from "@kreuz/codec";
import { keepPayload, type Metrics } from "@kreuz/router";
import {
  storeLimitsWithDefaults,
  type EventRange,
  type EventStore,
  type EventStoreLimits,
  type KeptEvent,
  type OpenEventStore,
  type StoredEvent,
} from "./event-store.js";

const DEFAULT_LIMITS: EventStoreLimits = { maxEvents: 100_000, maxBytes: 64 * 1024 * 1024 };
/** Bytes that an event takes apart from its contents, so that empty events count too. */
const OVERHEAD = 200;
/** The front of the list is cleared when it has that many gaps, not event by event. */
const MIN_GAPS = 1024;

/** Stores events in memory, per realm. @throws ConfigError when a limit is not a positive integer. */
export function memoryStore(limits: Partial<EventStoreLimits> = {}): OpenEventStore {
  const bounds = storeLimitsWithDefaults(limits, DEFAULT_LIMITS);
  return (realm) => new MemoryEventStore(bounds, realm.metrics);
}

/** Stores events in memory: they are lost when the router stops. */
export class MemoryEventStore implements EventStore {
  readonly #limits: EventStoreLimits;
  readonly #metrics: Metrics;
  readonly #positions = new Map<Id, number>();
  /** Starts with `#gaps` dropped events. */
  #events: (StoredEvent | undefined)[] = [];
  #gaps = 0;
  /** The position of the first element, which may be a gap. */
  #start = 0;
  #bytes = 0;

  constructor(limits: EventStoreLimits, metrics: Metrics) {
    this.#limits = limits;
    this.#metrics = metrics;
  }

  append(event: KeptEvent): void {
    const kept = keepPayload(event.payload);
    const about = keepPayload({ args: [event.details, event.restrictions] });
    const bytes = OVERHEAD + event.topic.length + about.bytes + kept.bytes;
    this.#positions.set(event.publication, this.#start + this.#events.length);
    this.#events.push({ ...event, payload: kept.payload, bytes });
    this.#bytes += bytes;
    while (this.#positions.size > this.#limits.maxEvents || this.#bytes > this.#limits.maxBytes) this.#dropOldest();
  }

  position(publication: Id): number | undefined {
    return this.#positions.get(publication);
  }

  *read({ first, last, reverse }: EventRange): Iterable<StoredEvent> {
    // Looks the bounds up again for each event, because events come and go during the read.
    for (let at = reverse ? this.#atMost(last) : this.#atLeast(first); at >= first && at <= last;) {
      const event = this.#events[at - this.#start];
      if (event === undefined) return;
      yield event;
      at = reverse ? at - 1 : this.#atLeast(at + 1);
    }
  }

  close(): void {
    this.#events = [];
    this.#positions.clear();
  }

  #atLeast(position: number): number {
    return Math.max(position, this.#start + this.#gaps);
  }

  #atMost(position: number): number {
    return Math.min(position, this.#start + this.#events.length - 1);
  }

  #dropOldest(): void {
    const oldest = this.#events[this.#gaps];
    if (oldest === undefined) return;
    this.#metrics.count("limit_event_history");
    this.#events[this.#gaps++] = undefined;
    this.#positions.delete(oldest.publication);
    this.#bytes -= oldest.bytes;
    if (this.#gaps < MIN_GAPS || this.#gaps * 2 < this.#events.length) return;
    this.#events = this.#events.slice(this.#gaps);
    this.#start += this.#gaps;
    this.#gaps = 0;
  }
}
