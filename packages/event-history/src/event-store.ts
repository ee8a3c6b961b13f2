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

/** Who may read an event: the receiver lists of the publication that apply to sessions that join later, too. */
export type Restrictions = Readonly<
  Pick<PublishOptions, "eligible_authid" | "eligible_authrole" | "exclude_authid" | "exclude_authrole">
>;

/** A publication to store. It is stored once, however many sessions received it. */
export interface KeptEvent {
  readonly publication: Id;
  readonly topic: Uri;
  /** Milliseconds since the Unix epoch. */
  readonly published: number;
  /** EVENT.Details, without the topic. */
  readonly details: Dict;
  readonly restrictions: Restrictions;
  readonly payload: Payload;
}

/** A stored event, as a store returns it. */
export interface StoredEvent extends KeptEvent {
  /** Approximate size. */
  readonly bytes: number;
}

/** Which events to read. */
export interface EventRange {
  /** The reader's topic or pattern: a hint that a store may use to return fewer events. */
  readonly uri: Uri;
  readonly match: MatchPolicy;
  /** First and last position, inclusive. Neither needs to exist. */
  readonly first: number;
  readonly last: number;
  /** Newest first. */
  readonly reverse: boolean;
}

/**
 * Stores events in the order of `append`, within limits: the oldest events are dropped. Each event has a position, and
 * positions only grow. A read may or may not see what is appended or dropped meanwhile, but never sees an event twice or
 * out of order.
 */
export interface EventStore {
  /** Whether all nodes of a cluster have the same events in it, each once. Default false: it has those of this node. */
  readonly shared?: boolean;
  /**
   * Stores an event. Returns, or resolves, when the event is as durable as this store makes it: only then the publisher
   * gets PUBLISHED. Rejects when the event could not be stored. A later `read` or `position` sees it even before that. The
   * payload may be a view of a larger buffer: a store that keeps the bytes in memory must copy them.
   */
  append(event: KeptEvent): Answer<void>;
  /** The position of a publication, or `undefined` when the store does not have it, or no longer. */
  position(publication: Id): Answer<number | undefined>;
  /** Reads the events of a range. The caller filters them. */
  read(range: EventRange): Iterable<StoredEvent> | AsyncIterable<StoredEvent>;
  /** Waits for pending appends and closes the store. Called once, last. */
  close(): Answer<void>;
}

/** Opens the store of one realm. A store counts dropped events in the realm's metric `limit_event_history`. */
export type OpenEventStore = (realm: StoreRealm) => Answer<EventStore>;

/** What a store can use of its realm. */
export type StoreRealm = Pick<RealmContext, "uri" | "metrics" | "logger" | "clock" | "baseDirectory">;

/** Limits of a store; beyond them, the oldest events are dropped. */
export interface EventStoreLimits {
  /** Number of events, all topics together. */
  readonly maxEvents: number;
  /** Size of the events in bytes, roughly. */
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
