import type { Dict, Id, MatchPolicy, Payload, PublishOptions, Uri } from "@kreuz/codec";
import { keepPayload, weightOf } from "../payload/keep-payload.js";
import type { RouterLimits } from "../limits.js";
import type { Metrics } from "../metrics.js";
import type { ReceiverFilter } from "./receiver-filter.js";
import { matchesPattern } from "../matching/pattern-index.js";
import type { SessionInfo } from "../session/session-info.js";

/** An event that is kept for later subscribers. */
export interface RetainedEvent {
  readonly publication: Id;
  readonly topic: Uri;
  readonly details: Dict;
  readonly payload: Payload;
  readonly filter: ReceiverFilter | undefined;
  /** The publisher, unless it receives its own events. */
  readonly excluded: SessionInfo | undefined;
  /** Its publish options; counted among the retained bytes. */
  readonly options: PublishOptions;
}

interface Entry {
  readonly event: RetainedEvent;
  readonly bytes: number;
}

/** Restricted events kept per topic, besides the unrestricted ones. */
const MAX_RESTRICTED_PER_TOPIC = 8;

/**
 * The retained events of one realm, by topic (spec: "Event Retention"): the last unrestricted event, the one before it
 * for its publisher, and a few restricted ones after it. Bounded in topics and bytes.
 */
export class RetainedEvents {
  readonly #limits: RouterLimits;
  readonly #metrics: Metrics;
  /** In order of the last change, the least recent first. */
  readonly #topics = new Map<Uri, readonly Entry[]>();
  #bytes = 0;

  constructor(limits: RouterLimits, metrics: Metrics) {
    this.#limits = limits;
    this.#metrics = metrics;
  }

  get size(): number {
    return this.#topics.size;
  }

  store(event: RetainedEvent): void {
    const { payload, bytes } = keepPayload(event.payload);
    const entry = { event: { ...event, payload }, bytes: bytes + weightOf(event.options) };
    const before = this.#topics.get(event.topic) ?? [];
    this.#drop(event.topic);
    this.#keep(event.topic, [...survivors(before, event), entry]);
    while (this.#topics.size > this.#limits.retainedTopicsPerRealm || this.#bytes > this.#limits.retainedBytesPerRealm)
      this.#dropOldest();
  }

  /** For each topic that the pattern matches, the most recent event that this receiver would have received. */
  *matching(pattern: Uri, match: MatchPolicy, receiver: SessionInfo): Iterable<RetainedEvent> {
    if (match === "exact") return yield* latestFor(this.#topics.get(pattern), receiver);
    for (const [topic, entries] of this.#topics)
      if (matchesPattern(topic, pattern, match)) yield* latestFor(entries, receiver);
  }

  #keep(topic: Uri, entries: readonly Entry[]): void {
    this.#topics.set(topic, entries);
    for (const { bytes } of entries) this.#bytes += bytes;
  }

  #drop(topic: Uri): void {
    for (const { bytes } of this.#topics.get(topic) ?? []) this.#bytes -= bytes;
    this.#topics.delete(topic);
  }

  #dropOldest(): void {
    this.#metrics.count("limit_retained_events");
    for (const topic of this.#topics.keys()) return this.#drop(topic);
  }
}

/** The earlier events that stay, because the new one does not reach everybody. */
function survivors(before: readonly Entry[], { filter, excluded }: RetainedEvent): readonly Entry[] {
  if (filter === undefined) return excluded === undefined ? [] : latestEntry(before, excluded);
  let restricted = MAX_RESTRICTED_PER_TOPIC;
  const kept = before.toReversed().filter(({ event }) => event.filter === undefined || --restricted > 0);
  return kept.toReversed();
}

function* latestFor(entries: readonly Entry[] | undefined, receiver: SessionInfo): Iterable<RetainedEvent> {
  for (const { event } of latestEntry(entries, receiver)) yield event;
}

/** The most recent event that this receiver would have received, or none. */
function latestEntry(entries: readonly Entry[] | undefined, receiver: SessionInfo): readonly Entry[] {
  const latest = entries?.findLast(
    ({ event }) => event.excluded?.session !== receiver.session && event.filter?.admits(receiver) !== false,
  );
  return latest === undefined ? [] : [latest];
}
