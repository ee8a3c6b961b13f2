import type { Clock, Id, MatchPolicy, Payload, PublishOptions, RouterRole, Uri } from "@kreuz/codec";
import type { Action } from "../auth/authorizer.js";
import type { Verdict } from "../auth/authorization.js";
import type { Logger } from "../logger.js";
import type { Metrics } from "../metrics.js";
import type { RealmEvents, RegistrationInfo, SubscriptionInfo } from "./realm-events.js";
import type { Departure, SessionInfo } from "../session/session-info.js";

/** Features by role, announced in WELCOME for as long as the plugin is there. */
export type RoleFeatures = Readonly<Partial<Record<RouterRole, Readonly<Record<string, boolean>>>>>;

/** Extends a realm. A plain object: a plugin package exports a function that returns one. */
export interface Plugin {
  /** Unique in a realm; used in logs and in `requires` of others. */
  readonly name: string;
  /** Names of plugins that must be set up before this one. */
  readonly requires?: readonly string[];
  readonly features?: RoleFeatures;
  /** Called once per realm, before the first session joins. What it adds to the context is undone when the realm closes. */
  setup(realm: RealmContext): void | Promise<void>;
}

/** A value now, or later when somebody else must be asked (a cluster). */
export type Answer<T> = T | Promise<T>;

/** Which sessions. All conditions must hold; absent ones do not restrict. */
export interface SessionFilter {
  readonly authids?: readonly string[];
  readonly authroles?: readonly string[];
  /** A session to leave out. */
  readonly except?: Id;
}

/** The sessions of a realm. In-process ones are not in it. */
export interface SessionDirectory {
  count(filter?: SessionFilter): Answer<number>;
  list(filter?: SessionFilter): Answer<readonly Id[]>;
  get(session: Id): Answer<SessionInfo | undefined>;
  /**
   * Ends one session with GOODBYE. It is out of every registry when this answers.
   * @returns whether there was such a session.
   */
  kill(session: Id, departure: Departure): Answer<boolean>;
  /** Ends all sessions that fit, a bounded number per turn of the event loop, and gives their ids. */
  killAll(filter: SessionFilter, departure: Departure): Answer<readonly Id[]>;
}

/** Subscriptions or registrations of a realm. */
export interface Directory<T> {
  list(): Answer<readonly T[]>;
  get(id: Id): Answer<T | undefined>;
  lookup(uri: Uri, match: MatchPolicy): Answer<T | undefined>;
  /** Those that a concrete URI reaches; for registrations at most one, the best. */
  match(uri: Uri): Answer<readonly T[]>;
  /** The sessions on it; `undefined` when there is no such id. */
  members(id: Id): Answer<readonly Id[] | undefined>;
  /**
   * Takes a session off it, and tells the session if it can be told (spec: "Subscription Revocation", "Registration
   * Revocation").
   * @returns whether the session was on it.
   */
  remove(id: Id, session: Id, reason?: string): Answer<boolean>;
}

/** One call of a plugin's procedure. */
export interface ProcedureCall {
  readonly procedure: Uri;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** Who calls; plugins always know. */
  readonly caller: SessionInfo;
}

/**
 * Answers a call. What it returns becomes the single positional result, `undefined` an empty one, a {@link CallResult}
 * any payload. A thrown `WampError` becomes that ERROR; anything else `wamp.error.runtime_error`, with the text in the
 * log only.
 */
export type ProcedureHandler = (call: ProcedureCall) => unknown;

/** A result with a payload of one's own making. */
export class CallResult {
  readonly payload: Payload;

  constructor(payload: Payload) {
    this.payload = payload;
  }
}

/** What a plugin can see and do in the realm that it extends. */
export interface RealmContext {
  readonly uri: Uri;
  /** Aborted when the realm closes, before its sessions are ended. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly sessions: SessionDirectory;
  readonly subscriptions: Directory<SubscriptionInfo>;
  readonly registrations: Directory<RegistrationInfo>;
  /** Offers a procedure; `wamp.` URIs are allowed here and nowhere else. @returns takes it back. */
  procedure(uri: Uri, handler: ProcedureHandler): () => void;
  /** Publishes as the router itself; `wamp.` URIs are allowed here and nowhere else. */
  publish(topic: Uri, payload: Payload, options?: PublishOptions): void;
  /** Whether a session may do something: the terms, or the error that it would get. */
  authorize(session: SessionInfo, action: Action): Promise<Verdict>;
  /**
   * Publishes in the name of a session that may have left, authorized as if it published itself. At once, so that
   * publications keep their order; only an authorizer that answers with a Promise makes it later.
   * @throws WampError when the session may not; as a rejection when the authorizer took its time.
   */
  publishAs(session: SessionInfo, topic: Uri, payload: Payload, options?: PublishOptions): Answer<void>;
  /** Listens to the realm. @returns stops listening. */
  on<K extends keyof RealmEvents>(event: K, listener: RealmEvents[K]): () => void;
  /** Runs when the realm closes, last deferred first. */
  defer(cleanup: () => void | Promise<void>): void;
}
