import type { Dict, Id, MatchPolicy, Payload, PublishOptions, Uri } from "@kreuz/codec";
import { keepPayload, weightOf } from "../payload/keep-payload.js";
import type { RouterLimits } from "../limits.js";
import type { Metrics } from "../metrics.js";
import type { ReceiverFilter } from "./receiver-filter.js";
import { matchesPattern } from "../matching/pattern-index.js";
import type { RealmServices } from "../realm-services.js";
import type { SessionInfo } from "../session/session-info.js";
import type { RealmStats } from "../stats/realm-stats.js";

/** An event that is kept for later subscribers. */
export interface RetainedEvent {
  readonly publication: Id;
  readonly topic: Uri;
  readonly details: Dict;
  readonly payload: Payload;
  readonly filter: ReceiverFilter | undefined;
  readonly publisher: SessionInfo;
  /** Its publish options; counted among the retained bytes. */
  readonly options: PublishOptions;
  /** Milliseconds since the Unix epoch, when the broker accepted it. */
  readonly published: number;
}

interface Entry {
  readonly event: RetainedEvent;
  readonly bytes: number;
  /** Counts the events stored: later ones have higher numbers. */
  readonly sequence: number;
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
  readonly #stats: RealmStats;
  /** In order of the last change, the least recent first. */
  readonly #topics = new Map<Uri, readonly Entry[]>();
  #lastSequence = 0;

  constructor({ limits, metrics, stats }: Pick<RealmServices, "limits" | "metrics" | "stats">) {
    this.#limits = limits;
    this.#metrics = metrics;
    this.#stats = stats;
  }

  get size(): number {
    return this.#topics.size;
  }

  /** All of them. */
  *[Symbol.iterator](): Generator<RetainedEvent, void> {
    // A topic that changes comes up again; publishers must not keep this going for ever.
    let steps = 2 * this.#topics.size;
    for (const entries of this.#topics.values()) {
      if (steps-- === 0) return;
      for (const { event } of entries) yield event;
    }
  }

  /** Keeps an event that was published now. */
  store(event: RetainedEvent): void {
    const entry = this.#entryOf(event);
    this.#replace(event.topic, [...survivors(this.#topics.get(event.topic) ?? [], event), entry]);
  }

  /** Keeps an event that another node accepted, maybe before some that are here. All nodes keep the same. */
  merge(event: RetainedEvent): void {
    const known = this.#topics.get(event.topic) ?? [];
    if (known.some((entry) => entry.event.publication === event.publication)) return;
    const place = known.findLastIndex((entry) => isBefore(entry.event, event)) + 1;
    let kept: readonly Entry[] = [];
    for (const entry of known.toSpliced(place, 0, this.#entryOf(event)))
      kept = [...survivors(kept, entry.event), entry];
    this.#replace(event.topic, kept);
  }

  #entryOf(event: RetainedEvent): Entry {
    const { payload, bytes } = keepPayload(event.payload);
    return { event: { ...event, payload }, bytes: bytes + weightOf(event.options), sequence: ++this.#lastSequence };
  }

  #replace(topic: Uri, entries: readonly Entry[]): void {
    this.#drop(topic);
    this.#keep(topic, entries);
    const { retainedTopicsPerRealm, retainedBytesPerRealm } = this.#limits;
    while (this.#topics.size > retainedTopicsPerRealm || this.#stats.retainedBytes > retainedBytesPerRealm)
      this.#dropOldest();
  }

  /**
   * For each topic that the pattern matches, the most recent event that this receiver would have received. Yields
   * `undefined` for a topic that yields nothing, so that whoever iterates can pause after any number of topics. Events
   * stored meanwhile are left out, since the subscriber receives them as they are published, unless it `missed` some.
   */
  *matching(
    pattern: Uri,
    match: MatchPolicy,
    receiver: SessionInfo,
    missed: () => boolean,
  ): Generator<RetainedEvent | undefined, void> {
    const last = this.#lastSequence;
    const latest = (entries: readonly Entry[] | undefined): RetainedEvent | undefined => {
      const [entry] = latestEntry(entries, receiver);
      return entry === undefined || (entry.sequence > last && !missed()) ? undefined : entry.event;
    };
    if (match === "exact") return void (yield latest(this.#topics.get(pattern)));
    // A topic that changes moves to the end of the map and comes up again; publishers must not keep this going for ever.
    let steps = 2 * this.#topics.size;
    for (const [topic, entries] of this.#topics) {
      if (steps-- === 0) return;
      yield matchesPattern(topic, pattern, match) ? latest(entries) : undefined;
    }
  }

  #keep(topic: Uri, entries: readonly Entry[]): void {
    this.#topics.set(topic, entries);
    this.#stats.retainedEvents += entries.length;
    for (const { bytes } of entries) this.#stats.retainedBytes += bytes;
  }

  #drop(topic: Uri): void {
    const entries = this.#topics.get(topic) ?? [];
    this.#stats.retainedEvents -= entries.length;
    for (const { bytes } of entries) this.#stats.retainedBytes -= bytes;
    this.#topics.delete(topic);
  }

  #dropOldest(): void {
    this.#metrics.count("limit_retained_events");
    for (const topic of this.#topics.keys()) return this.#drop(topic);
  }
}

/** The earlier events that stay, because the new one does not reach everybody. */
function survivors(before: readonly Entry[], { filter, publisher, options }: RetainedEvent): readonly Entry[] {
  if (filter === undefined) return options.exclude_me === false ? [] : latestEntry(before, publisher);
  let restricted = MAX_RESTRICTED_PER_TOPIC;
  const kept = before.toReversed().filter(({ event }) => event.filter === undefined || --restricted > 0);
  return kept.toReversed();
}

/** The most recent event that this receiver would have received, or none. */
function latestEntry(entries: readonly Entry[] | undefined, receiver: SessionInfo): readonly Entry[] {
  const latest = entries?.findLast(
    ({ event }) => !excludes(event, receiver) && event.filter?.admits(receiver) !== false,
  );
  return latest === undefined ? [] : [latest];
}

/** Whether the receiver published the event and does not receive its own. */
function excludes({ publisher, options }: RetainedEvent, receiver: SessionInfo): boolean {
  return publisher.session === receiver.session && options.exclude_me !== false;
}

/** All nodes agree on the order of two events. */
function isBefore(one: RetainedEvent, other: RetainedEvent): boolean {
  if (one.published !== other.published) return one.published < other.published;
  return one.publication < other.publication;
}
