import { EncodedPayload, type Clock, type Dict, type Payload } from "@kreuz/codec";
import {
  invalidArgument,
  matchesPattern,
  ReceiverFilter,
  type SessionInfo,
  type SubscriptionInfo,
} from "@kreuz/router";
import type { EventRange, EventStore, KeptEvent } from "./event-store.js";
import type { HistoryQuery } from "./history-query.js";

/** Looking at so many events, or bytes of them, takes about a millisecond; then others have their turn. */
const EVENTS_PER_TURN = 1000;
const BYTES_PER_TURN = 1024 * 1024;

/** How much one result may hold. */
export interface HistoryLimits {
  /** Most events in one result, also when the caller asks for more or does not say. */
  readonly maxLimit: number;
  /** A result ends, one event at least, when its events take that many bytes, roughly. */
  readonly maxResultBytes: number;
}

/** One result of `wamp.subscription.get_events`. */
export interface HistoryPage {
  readonly events: readonly Dict[];
  /** True when more events fit the query than one result holds. */
  readonly more: boolean;
}

/** Answers queries from a store. */
export class History {
  readonly #store: EventStore;
  readonly #limits: HistoryLimits;
  readonly #clock: Clock;

  constructor(store: EventStore, limits: HistoryLimits, clock: Clock) {
    this.#store = store;
    this.#limits = limits;
    this.#clock = clock;
  }

  /** @throws WampError `wamp.error.invalid_argument` when a publication that the query names is not kept. */
  async query(subscription: SubscriptionInfo, query: HistoryQuery, reader: SessionInfo): Promise<HistoryPage> {
    const { maxLimit, maxResultBytes } = this.#limits;
    const limit = Math.min(query.limit ?? maxLimit, maxLimit);
    const fits = eventFilter(subscription, query, reader);
    const events: Dict[] = [];
    const pace = new Pace(this.#clock);
    let bytes = 0;
    for await (const event of this.#store.read(await this.#range(subscription, query))) {
      await pace.step(event.bytes);
      if (!fits(event)) continue;
      bytes += event.bytes;
      if (events.length === limit || (events.length > 0 && bytes > maxResultBytes)) return { events, more: true };
      events.push(eventDict(event, subscription));
    }
    return { events, more: false };
  }

  async #range({ uri, match }: SubscriptionInfo, query: HistoryQuery): Promise<EventRange> {
    const from = await this.#position("from_publication", query.fromPublication);
    const after = await this.#position("after_publication", query.afterPublication);
    const before = await this.#position("before_publication", query.beforePublication);
    const until = await this.#position("until_publication", query.untilPublication);
    const first = Math.max(from ?? 0, (after ?? -1) + 1);
    const last = Math.min(until ?? Number.MAX_SAFE_INTEGER, (before ?? Number.MAX_SAFE_INTEGER) - 1);
    return { uri, match, first, last, reverse: query.reverse };
  }

  async #position(name: string, publication: number | undefined): Promise<number | undefined> {
    if (publication === undefined) return undefined;
    const position = await this.#store.position(publication);
    // An empty list would say that nothing happened since. That may be far from true: the publication may have given way.
    if (position === undefined)
      throw invalidArgument(`${name}: publication ${publication} is not in the history (any more)`);
    return position;
  }
}

/**
 * Which events a reader gets: those that the subscription covers, that all filters let through, and that the reader
 * would have received (spec: "Event History", Security Aspects).
 */
function eventFilter(
  subscription: SubscriptionInfo,
  query: HistoryQuery,
  reader: SessionInfo,
): (event: KeptEvent) => boolean {
  const { uri, match } = subscription;
  const { topic, fromTime, afterTime, beforeTime, untilTime } = query;
  return ({ topic: published, published: time, restrictions }) =>
    matchesPattern(published, uri, match) &&
    (topic === undefined || published === topic) &&
    (fromTime === undefined || time >= fromTime) &&
    (afterTime === undefined || time > afterTime) &&
    (beforeTime === undefined || time < beforeTime) &&
    (untilTime === undefined || time <= untilTime) &&
    ReceiverFilter.of(restrictions)?.admits(reader) !== false;
}

/** Lets others have their turn now and then, however much there is to look at. */
class Pace {
  readonly #clock: Clock;
  #events = 0;
  #bytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns nothing to wait for, most of the time. */
  step(bytes: number): Promise<void> | undefined {
    this.#events++;
    this.#bytes += bytes;
    if (this.#events < EVENTS_PER_TURN && this.#bytes < BYTES_PER_TURN) return undefined;
    this.#events = 0;
    this.#bytes = 0;
    return new Promise((resolve) => {
      this.#clock.schedule(0, resolve);
    });
  }
}

/** An event as the specification shows it. */
function eventDict(
  { published, publication, details, topic, payload }: KeptEvent,
  { id, match }: SubscriptionInfo,
): Dict {
  const { args, kwargs, opaque } = decode(payload);
  // A transparent payload has one opaque value in the place of the arguments; the details say how to read it.
  const positional = opaque === undefined ? args : [opaque];
  return {
    timestamp: new Date(published).toISOString(),
    subscription: id,
    publication,
    details: match === "exact" ? details : { ...details, topic },
    ...(positional === undefined ? {} : { args: positional }),
    ...(kwargs === undefined ? {} : { kwargs }),
  };
}

/** Not by the payload's own members: it would keep the decoded values for as long as it is kept itself. */
function decode(payload: Payload): Payload {
  return payload instanceof EncodedPayload ? payload.format.decodePayload(payload) : payload;
}
