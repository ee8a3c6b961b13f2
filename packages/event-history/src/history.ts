import { EncodedPayload, ErrorUri, WampError, type Account, type Dict, type Payload } from "@kreuz/codec";
import {
  invalidArgument,
  matchesPattern,
  ReceiverFilter,
  type QueryWork,
  type SessionInfo,
  type SubscriptionInfo,
} from "@kreuz/router";
import type { EventRange, EventStore, KeptEvent } from "./event-store.js";
import type { HistoryQuery } from "./history-query.js";

/** Work of looking at an event, and of taking it into the result, in units of {@link QueryWork}; bytes come on top. */
const UNITS_PER_EVENT = 2;
const BYTES_PER_UNIT = 1024;
const RECEIVERS_PER_UNIT = 16;

/** Limits on one result. */
export interface HistoryLimits {
  /** Maximum number of events, and the default of `limit`. */
  readonly maxLimit: number;
  /** Maximum bytes of the events, roughly; a result has at least one event. */
  readonly maxResultBytes: number;
}

/** Who reads, and on whose account. */
export interface Reading {
  readonly reader: SessionInfo;
  /** Absent for a session inside the process. */
  readonly account: Account | undefined;
  readonly work: QueryWork;
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

  constructor(store: EventStore, limits: HistoryLimits) {
    this.#store = store;
    this.#limits = limits;
  }

  /**
   * Collects the events of one result; they are charged to the reader until the result is there. With no memory left for
   * more, the result ends early.
   *
   * @throws WampError `wamp.error.invalid_argument` when the store does not have a publication that a filter names;
   * `wamp.error.limit_exceeded` when there is no memory for a single event.
   */
  async query(
    subscription: SubscriptionInfo,
    query: HistoryQuery,
    { reader, account, work }: Reading,
  ): Promise<HistoryPage> {
    const { maxLimit, maxResultBytes } = this.#limits;
    const limit = Math.min(query.limit ?? maxLimit, maxLimit);
    const matches = eventFilter(subscription, query, reader);
    const events: Dict[] = [];
    let bytes = 0;
    let charged = 0;
    try {
      for await (const event of this.#store.read(await this.#range(subscription, query))) {
        await work.spend(UNITS_PER_EVENT + receiversOf(event.restrictions) / RECEIVERS_PER_UNIT);
        if (!matches(event)) continue;
        bytes += event.bytes;
        if (events.length === limit || (events.length > 0 && bytes > maxResultBytes)) return { events, more: true };
        if (account?.reserve(event.bytes) === false) {
          if (events.length > 0) return { events, more: true };
          throw new WampError(
            ErrorUri.LIMIT_EXCEEDED,
            "no memory is left for the result of this client; ask again later",
          );
        }
        charged += event.bytes;
        events.push(eventDict(event, subscription));
        await work.spend(UNITS_PER_EVENT + event.bytes / BYTES_PER_UNIT);
      }
      return { events, more: false };
    } finally {
      account?.refund(charged, events.length);
    }
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

/** How many receivers the lists of a publication name. */
function receiversOf(restrictions: KeptEvent["restrictions"]): number {
  let count = 0;
  for (const list of Object.values(restrictions)) if (Array.isArray(list)) count += list.length;
  return count;
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
