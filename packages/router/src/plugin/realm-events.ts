import type { Dict, Id, MatchPolicy, Payload, PublishOptions, TransportInfo, Uri, WampError } from "@kreuz/codec";
import type { Action } from "../auth/authorizer.js";
import type { CallOutcome } from "../stats/realm-stats.js";
import type { Reach } from "../session/session.js";
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
  /** Sessions that the event is for. Some may not get it, for example because they read too slowly. */
  readonly receivers: number;
  /**
   * Whom it is for, where several nodes serve the realm together. `node`: a plugin told the sessions of this node, as it does on
   * every node.
   */
  readonly reach: Reach;
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
 *
 * Where several nodes serve the realm together, sessions that join and leave, callees, and subscriptions that are created and
 * deleted are those of all nodes; everything else is of this node.
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
  /** A call reached a callee, or waits for one. */
  callStarted(call: CallInfo): void;
  /** A call ended that was made. Every CALL ends in exactly one of this and {@link actionRefused}. */
  callEnded(call: CallInfo, end: CallEnd): void;
  /** A request was refused. Publications, also those that are never answered, are told of, too. */
  actionRefused(session: SessionInfo, action: Action, by: RefusedBy, error: WampError): void;
  /** A client was refused that wanted to join this realm. */
  joinRefused(refusal: JoinRefusal): void;
}

/** A call as plugins see it. */
export interface CallInfo {
  readonly procedure: Uri;
  /** The caller's request id. */
  readonly request: Id;
  readonly caller: SessionInfo;
  /** Absent while no callee has it. */
  readonly callee?: SessionInfo;
  readonly registration: Id;
}

/** How a call ended. */
export interface CallEnd {
  readonly outcome: CallOutcome;
  /** The URI of the ERROR that the caller got. */
  readonly error?: Uri;
  /** Milliseconds since CALL. */
  readonly durationMs: number;
}

/**
 * Who refused a request: the rules for URIs and options, the authorizer, a guard of a plugin, or the broker or dealer, for
 * example because nobody registered the procedure.
 */
export type RefusedBy = "uri" | "authorizer" | "guard" | "router";

/** A client that could not join. */
export interface JoinRefusal {
  readonly realm: Uri;
  readonly transport: TransportInfo;
  /** Absent when the client asked for none that the realm offers. */
  readonly authmethod?: string;
  /** What the client says it is, cut to 80 characters. Nothing was proven. */
  readonly claimedAuthid?: string;
  /** What the client was told. */
  readonly reason: Uri;
  /** What it was not told. */
  readonly detail?: string;
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
  callStarted: true,
  callEnded: true,
  actionRefused: true,
  joinRefused: true,
};
