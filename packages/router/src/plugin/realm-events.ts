import type { Dict, Id, MatchPolicy, Payload, PublishOptions, Uri } from "@kreuz/codec";
import type { Departure, SessionInfo } from "../session/session-info.js";

/** A subscription as plugins see it. */
export interface SubscriptionInfo {
  readonly id: Id;
  readonly uri: Uri;
  readonly match: MatchPolicy;
  /** Milliseconds since the Unix epoch. */
  readonly created: number;
}

/** A registration as plugins see it. */
export interface RegistrationInfo extends SubscriptionInfo {
  readonly invoke: string;
}

/** A publication that the broker accepted. */
export interface Publication {
  readonly id: Id;
  readonly topic: Uri;
  readonly payload: Payload;
  readonly options: PublishOptions;
  /** The details of its EVENT messages, without the topic. */
  readonly details: Dict;
  readonly publisher: SessionInfo;
  /** Milliseconds since the Unix epoch. */
  readonly published: number;
  /**
   * Delays PUBLISHED until the promise settles, for example until the event is on disk. If it rejects, the publisher gets
   * ERROR instead. Nothing else waits: the event is delivered at once, and the publisher's next messages are handled.
   * To be called by the listener before it returns; does nothing when the publisher did not ask for an acknowledgement.
   */
  waitUntil(done: Promise<unknown>): void;
}

/**
 * The events a plugin can listen to. Listeners are called synchronously, after the fact, and cannot veto; only
 * {@link Publication.waitUntil} changes what the client is told. `created` comes
 * before the first `added`, and `removed` before `deleted`. When a session leaves, the order is: its registrations, its
 * subscriptions, `sessionLeaving` (for testaments), `sessionLeft`.
 */
export interface RealmEvents {
  sessionJoined(session: SessionInfo): void;
  sessionLeaving(session: SessionInfo, departure: Departure): void;
  sessionLeft(session: SessionInfo, departure: Departure): void;
  subscriptionCreated(subscription: SubscriptionInfo, session: SessionInfo): void;
  subscriberAdded(subscription: SubscriptionInfo, session: SessionInfo): void;
  subscriberRemoved(subscription: SubscriptionInfo, session: SessionInfo): void;
  subscriptionDeleted(subscription: SubscriptionInfo, session: SessionInfo): void;
  registrationCreated(registration: RegistrationInfo, session: SessionInfo): void;
  calleeAdded(registration: RegistrationInfo, session: SessionInfo): void;
  calleeRemoved(registration: RegistrationInfo, session: SessionInfo): void;
  registrationDeleted(registration: RegistrationInfo, session: SessionInfo): void;
  publicationAccepted(publication: Publication): void;
}

/** The names of all events: a plugin may be plain JavaScript and misspell one. */
export const EVENT_NAMES: Readonly<Record<keyof RealmEvents, true>> = {
  sessionJoined: true,
  sessionLeaving: true,
  sessionLeft: true,
  subscriptionCreated: true,
  subscriberAdded: true,
  subscriberRemoved: true,
  subscriptionDeleted: true,
  registrationCreated: true,
  calleeAdded: true,
  calleeRemoved: true,
  registrationDeleted: true,
  publicationAccepted: true,
};
