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

/** Limits on the events to look at in one turn of the event loop: about a millisecond of work. */
const MAX_EVENTS_PER_TURN = 1000;
const MAX_BYTES_PER_TURN = 1024 * 1024;

/** Limits on one result. */
export interface HistoryLimits {
  /** Maximum number of events, and the default of `limit`. */
  readonly maxLimit: number;
  /** Maximum bytes of the events, roughly; a result has at least one event. */
  readonly maxResultBytes: number;
}

/** One result of `wamp.subscription.get_events`. */
export interface HistoryPage {
  readonly events: readonly Dict[];
  /** Whether more events match the query than the result has. */
  readonly more: boolean;
}

/** Answers queries about the events in a store. */
export class History {
  readonly #store: EventStore;
  readonly #limits: HistoryLimits;
  readonly #clock: Clock;

  constructor(store: EventStore, limits: HistoryLimits, clock: Clock) {
    this.#store = store;
    this.#limits = limits;
    this.#clock = clock;
  }

  /** @throws WampError `wamp.error.invalid_argument` when the store does not have a publication that a filter names. */
  async query(subscription: SubscriptionInfo, query: HistoryQuery, reader: SessionInfo): Promise<HistoryPage> {
    const { maxLimit, maxResultBytes } = this.#limits;
    const limit = Math.min(query.limit ?? maxLimit, maxLimit);
    const matches = eventFilter(subscription, query, reader);
    const events: Dict[] = [];
    const turn = new TurnBudget(this.#clock);
    let bytes = 0;
    for await (const event of this.#store.read(await this.#range(subscription, query))) {
      await turn.spend(event.bytes);
      if (!matches(event)) continue;
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
    // Not an empty result: the publication may have been dropped, and with it events that the reader has not seen.
    if (position === undefined)
      throw invalidArgument(
        `${name}: publication ${publication} is not in the history: never recorded, or already dropped`,
      );
    return position;
  }
}

/**
 * Tells which events a reader gets: the subscription matches the topic, all filters match, and the reader would have
 * received the event (spec: "Event History", Security Aspects).
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

/** Yields to the event loop now and then, so that a long search does not block other clients. */
class TurnBudget {
  readonly #clock: Clock;
  #events = 0;
  #bytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts an event. @returns a promise of the next turn when the budget of this one is spent. */
  spend(bytes: number): Promise<void> | undefined {
    this.#events++;
    this.#bytes += bytes;
    if (this.#events < MAX_EVENTS_PER_TURN && this.#bytes < MAX_BYTES_PER_TURN) return undefined;
    this.#events = 0;
    this.#bytes = 0;
    return new Promise((resolve) => {
      this.#clock.schedule(0, resolve);
    });
  }
}

/** The dict of an event in the result (spec: "Receiving Event History"). */
function eventDict(
  { published, publication, details, topic, payload }: KeptEvent,
  { id, match }: SubscriptionInfo,
): Dict {
  const { args, kwargs, opaque } = decode(payload);
  // A transparent payload is one binary value; EVENT.Details says how to read it.
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

/** Decodes without the payload's own getters: these cache the values for as long as the event is stored. */
function decode(payload: Payload): Payload {
  return payload instanceof EncodedPayload ? payload.format.decodePayload(payload) : payload;
}
