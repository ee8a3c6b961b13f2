import {
  ConfigError,
  type Dict,
  type Id,
  type MatchPolicy,
  type Payload,
  type PublishOptions,
  type Uri,
} from "@kreuz/codec";
import type { Answer, RealmContext } from "@kreuz/router";

/** Who may read an event: the lists of the publication that still mean something to sessions that join later. */
export type Restrictions = Readonly<
  Pick<PublishOptions, "eligible_authid" | "eligible_authrole" | "exclude_authid" | "exclude_authrole">
>;

/** A publication as it is kept: once, whoever received it. */
export interface KeptEvent {
  readonly publication: Id;
  readonly topic: Uri;
  /** Milliseconds since the Unix epoch. */
  readonly published: number;
  /** What its EVENT messages said, but for the topic. */
  readonly details: Dict;
  readonly restrictions: Restrictions;
  readonly payload: Payload;
}

/** A kept event as a store gives it back. */
export interface StoredEvent extends KeptEvent {
  /** About how much it takes. */
  readonly bytes: number;
}

/** Which events to read. */
export interface EventRange {
  /** A topic or pattern that the reader is interested in. A store may use it to find less, and need not. */
  readonly uri: Uri;
  readonly match: MatchPolicy;
  /** Positions, both included. Neither needs to exist. */
  readonly first: number;
  readonly last: number;
  /** The last one first. */
  readonly reverse: boolean;
}

/**
 * Keeps events in the order in which they were appended, within bounds: the oldest give way. Each has a position, and
 * positions only grow. What changes while somebody reads may or may not be seen, but never twice or in another order.
 */
export interface EventStore {
  /**
   * Keeps an event. Answers when it is as safe as this store makes it; a later `read` or `position` sees it in any case.
   * The payload may be part of a larger piece of memory: a store that keeps it as it is must copy it.
   */
  append(event: KeptEvent): Answer<void>;
  /** Where a publication is, or `undefined` when it is not kept or no longer. */
  position(publication: Id): Answer<number | undefined>;
  read(range: EventRange): Iterable<StoredEvent> | AsyncIterable<StoredEvent>;
  /** Waits for what was appended. Called once, last. */
  close(): Answer<void>;
}

/** Opens the store of one realm. Stores count in its metrics how many events gave way (`limit_event_history`). */
export type OpenEventStore = (realm: Pick<RealmContext, "uri" | "metrics" | "logger">) => Answer<EventStore>;

/** How much a store keeps; beyond that the oldest events give way. */
export interface EventStoreLimits {
  /** Events, of all topics together. */
  readonly maxEvents: number;
  /** Bytes that they take, roughly. */
  readonly maxBytes: number;
}

/** Fills in the defaults. @throws ConfigError when a limit is not a positive integer. */
export function storeLimitsWithDefaults(
  limits: Partial<EventStoreLimits>,
  defaults: EventStoreLimits,
): EventStoreLimits {
  const { maxEvents = defaults.maxEvents, maxBytes = defaults.maxBytes } = limits;
  const checked = { maxEvents, maxBytes };
  for (const [name, value] of Object.entries(checked))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new ConfigError(`eventStore.${name}`, `expected a positive integer, got ${String(value)}`);
  return checked;
}
