import { defineExtension } from "@kreuz/codec";
import { integer, options } from "@kreuz/codec/options";
import type { EventRange, EventStore, KeptEvent, OpenEventStore, StoredEvent, StoreRealm } from "@kreuz/event-history";

/** Keeps the last events of a realm. Put your database in the place of the array. */
export const myPlugin = defineExtension("event-store", {
  name: "my-plugin",
  options: options({ maxEvents: integer(1).default(10_000).describe("Max events of a realm.") }),
  example: { maxEvents: 100 },
  create:
    ({ maxEvents }): OpenEventStore =>
    (realm) =>
      new Store(maxEvents, realm),
});

class Store implements EventStore {
  readonly #maxEvents: number;
  readonly #realm: StoreRealm;
  readonly #events: StoredEvent[] = [];
  /** The position of the first event. Positions only grow. */
  #start = 0;

  constructor(maxEvents: number, realm: StoreRealm) {
    this.#maxEvents = maxEvents;
    this.#realm = realm;
  }

  append(event: KeptEvent): void {
    // A copy: the payload may be a view of a larger buffer.
    const payload = structuredClone({ args: event.payload.args ?? [], kwargs: event.payload.kwargs ?? {} });
    this.#events.push({ ...event, payload, bytes: JSON.stringify(payload).length });
    if (this.#events.length <= this.#maxEvents) return;
    this.#events.shift();
    this.#start++;
    this.#realm.metrics.count("limit_event_history");
  }

  position(publication: number): number | undefined {
    const index = this.#events.findIndex((event) => event.publication === publication);
    return index < 0 ? undefined : this.#start + index;
  }

  /** Returns what was there when it was called; it may show what comes meanwhile, but none twice. */
  read({ first, last, reverse }: EventRange): Iterable<StoredEvent> {
    const from = Math.max(0, first - this.#start);
    const events = this.#events.slice(from, Math.max(from, last - this.#start + 1));
    return reverse ? events.reverse() : events;
  }

  close(): void {
    this.#events.length = 0;
  }
}
