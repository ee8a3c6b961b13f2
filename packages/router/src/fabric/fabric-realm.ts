import type {
  CancelOptions,
  Clock,
  Dict,
  ErrorMessage,
  Id,
  InvocationDetails,
  MatchPolicy,
  Payload,
  PublishOptions,
  RegisterOptions,
  Uri,
  UriRule,
  WampError,
  Yield,
} from "@kreuz/codec";
import type { Logger } from "../logger.js";
import type { Directory } from "../plugin/plugin.js";
import type { SubscriptionInfo } from "../plugin/realm-events.js";
import type { SessionDirectory } from "../session/session-directory.js";
import type { Departure, SessionInfo } from "../session/session-info.js";
import type { BounceReason, RemoteSession } from "./remote-session.js";

/** A callee of another node, with what it registered. */
export interface RemoteRegistration {
  readonly uri: Uri;
  readonly match: MatchPolicy;
  /** Of these, `concurrency` and `force_reregister` mean nothing here. */
  readonly options: RegisterOptions;
  /** When the registration was created, on whatever node, in milliseconds since the Unix epoch. */
  readonly created: number;
  /** The place of the callee; see {@link RegistrationGrant.rank}. */
  readonly rank: string;
}

/** A subscription that sessions of this node have, and that other nodes are to send events for. */
export interface OwnInterest {
  readonly id: Id;
  readonly uri: Uri;
  readonly match: MatchPolicy;
  /** Milliseconds since the Unix epoch. */
  readonly created: number;
  /** The node keys of its sharded subscribers, each once. */
  readonly nodeKeys: readonly string[];
}

/** A call that another node routed to a callee of this one. */
export interface InboundCall {
  /** Names the call among those of its caller here. */
  readonly request: Id;
  readonly registration: Id;
  readonly callee: Id;
  /** Empty: the URI of the registration. */
  readonly procedure: Uri;
  /** The details of INVOCATION, as the caller's node settled them. */
  readonly details: InvocationDetails;
  readonly payload: Payload;
  readonly receiveProgress: boolean;
  /** Whether the call may wait for the callee. Otherwise it is bounced when the callee has all it can handle. */
  readonly mayQueue: boolean;
}

/** Further arguments of such a call. */
export type InboundPart = Pick<InboundCall, "request" | "details" | "payload">;

/** A publication that the node of its publisher accepted. */
export interface InboundEvent {
  readonly id: Id;
  readonly topic: Uri;
  readonly payload: Payload;
  readonly options: PublishOptions;
  /** The details of EVENT without the topic, as that node settled them. */
  readonly details: Dict;
  readonly publisher: SessionInfo;
  /** When it was accepted, by {@link RealmFabric.now} of that node. */
  readonly published: number;
}

/** What {@link FabricRealm.revokeCallee} does about a session that did not announce `registration_revocation`. */
export type UntoldCallee = "revoke" | "end";

/**
 * What decides about requests in a realm at this node, for comparison with other nodes: names and digests. What is absent is not
 * compared.
 */
export interface RealmRules {
  /** The roles that exist, in order. */
  readonly roles?: string;
  /** What the authorizer decides by; see {@link Authorizer.rules}. */
  readonly permissions?: string;
}

/** What a fabric sees and does in a realm: the only door into its broker and dealer. */
export interface FabricRealm {
  readonly uri: Uri;
  /** The characters allowed in URIs, which have to be the same on all nodes. */
  readonly uriRule: UriRule;
  /** They may change: see {@link RealmFabric.rulesChanged}. */
  readonly rules: RealmRules;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The sessions of this node. */
  readonly sessions: SessionDirectory;
  /** The subscriptions of sessions of this node. */
  readonly subscriptions: Directory<SubscriptionInfo>;

  // What this node has.

  /** A subscription of sessions of this node; `undefined` when none has it that wants the events of all nodes. */
  interest(subscription: Id): OwnInterest | undefined;
  /** The retained events, which are the same on all nodes. */
  retained(): Iterable<InboundEvent>;

  // What sessions of other nodes do. The plugins are told as if they did it here.

  sessionJoined(session: SessionInfo): void;
  /** Call this when all that the session held here is gone. */
  sessionLeft(session: SessionInfo, departure: Departure): void;
  /** A session of another node is the first to have this subscription, on any node. */
  subscriptionCreated(subscription: SubscriptionInfo, session: SessionInfo): void;
  /** The last session that had this subscription, on any node, gave it up. */
  subscriptionDeleted(subscription: SubscriptionInfo, session: SessionInfo): void;

  /** Answers a question of a plugin on another node; `undefined` to one that no plugin here answers. */
  answerNode(question: string, body: object): unknown;

  // Callees of other nodes.

  /**
   * Adds a callee, or gives it other options and another place. Nothing is checked: a `single` registration may have two callees
   * for a while.
   */
  addCallee(callee: RemoteSession, registration: RemoteRegistration): void;
  /** Takes a callee off a registration. Calls that it works on go on. Does nothing when it is not on it. */
  removeCallee(callee: RemoteSession, registration: Id): void;
  /**
   * Ends the calls of a session, as callee with this error for its callers, as caller with INTERRUPT for its callees. What it
   * registered stays. For a link that was lost.
   * @returns a promise when it takes several turns.
   */
  failCalls(session: RemoteSession, error: WampError): Promise<void> | undefined;
  /**
   * Takes a session out that left, or whose node is lost: what it registered, and its calls as {@link failCalls} does.
   * @returns a promise when it takes several turns.
   */
  remove(session: RemoteSession, error: WampError): Promise<void> | undefined;
  /**
   * Revokes a registration from a callee of this node (spec: "Registration Revocation"), because another node has the
   * procedure or somebody asked for it.
   * @param untold - what to do when it did not announce that it understands. Default `revoke`.
   * @returns whether the session held it.
   */
  revokeCallee(registration: Id, session: Id, reason?: string, untold?: UntoldCallee): boolean;

  // Calls of other nodes to callees of this one. Whatever becomes of one is said to its caller: RESULT, ERROR or `bounce`.

  serve(caller: RemoteSession, call: InboundCall): void;
  proceed(caller: RemoteSession, part: InboundPart): void;
  /**
   * The caller cancelled, left, or waited too long: see {@link RemoteSession.interrupt}. Without effect on a call that is over.
   */
  cancel(caller: RemoteSession, request: Id, options: CancelOptions): void;

  // Calls of this node to callees of other ones.

  /** The callee answered: YIELD, or ERROR to an INVOCATION. Without effect on a call that is over. */
  answer(callee: RemoteSession, message: Yield | ErrorMessage): void;
  /** Nobody was invoked for a call: another callee is asked, or it is sent again to wait. */
  bounced(callee: RemoteSession, request: Id, payload: Payload, reason: BounceReason): void;

  // Publications of other nodes.

  /**
   * Delivers an event to the subscribers of this node, and keeps it when it is to be retained.
   * @returns a promise when it takes several turns; the events of the same publisher keep their order.
   */
  deliver(event: InboundEvent): Promise<void> | undefined;
  /** Keeps a retained event of another node that was published before. The later of two by time and id stays. */
  retain(event: InboundEvent): void;
}
