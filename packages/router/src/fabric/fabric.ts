import type { Dict, Id, MatchPolicy, Register, Uri } from "@kreuz/codec";
import type { Bequest, Directory } from "../plugin/plugin.js";
import type { Publication, RegistrationInfo, SubscriptionInfo } from "../plugin/realm-events.js";
import type { Answer, SessionDirectory } from "../session/session-directory.js";
import type { Departure, SessionInfo } from "../session/session-info.js";
import type { Session } from "../session/session.js";
import type { FabricRealm } from "./fabric-realm.js";

// What joins several routers, so that they serve the same realms together. Without one, a realm is on this node alone, and
// what is here costs one comparison at each place where it would be asked.

/** Joins the realms of this router with those of other routers. */
export interface Fabric {
  /** Called once for each realm, before its plugins are set up and before the first session joins. */
  attach(realm: FabricRealm): RealmFabric;
  /** Called when the router has closed all its realms. */
  close(): Promise<void>;
}

/** The ids of registrations and subscriptions: the same on all nodes for the same URI and match policy. */
export interface RouterIds {
  registration(uri: Uri, match: MatchPolicy): Id;
  subscription(uri: Uri, match: MatchPolicy): Id;
}

/** What a session of this node asks for when it subscribes. */
export interface WantedSubscription {
  readonly session: SessionInfo;
  readonly uri: Uri;
  readonly match: MatchPolicy;
  /** The node key of a sharded subscription. */
  readonly nkey: string | undefined;
}

/** A session of this node may register: its place among the callees of all nodes. */
export interface RegistrationGrant {
  /**
   * All nodes hold the callees of a registration in the order of their ranks, compared as strings. In that order a policy
   * such as `first` chooses.
   */
  readonly rank: string;
  /** When the registration was created, on whatever node, in milliseconds since the Unix epoch. */
  readonly created: number;
  /** Settles when all nodes that can be reached know of the callee; never rejects. `undefined`: they do already. */
  readonly known: Promise<void> | undefined;
}

/**
 * What the router asks and tells about one realm. It speaks of sessions of this node only, and of local sessions only where
 * they asked for the realm's reach.
 */
export interface RealmFabric {
  /** Awaited before the plugins are set up. A rejection keeps the realm closed. */
  open(): Promise<void>;

  readonly ids: RouterIds;
  /** The sessions of all nodes, for plugins. */
  readonly sessions: SessionDirectory;
  /** The subscriptions of all nodes, for plugins. */
  readonly subscriptions: Directory<SubscriptionInfo>;

  /** The name of this node, which no other one has. */
  readonly node: string;
  /** The other nodes that serve the realm and can be reached. */
  nodes(): readonly string[];
  /**
   * Asks another node, which answers by {@link FabricRealm.answerNode}. Rejects with `wamp.error.network_failure` when it does not
   * within a few seconds.
   * @returns what it answered; `null` when its answer failed.
   */
  ask(node: string, question: string, body: object): Promise<unknown>;

  /** Whether this node cannot tell what other nodes have: calls of unknown procedures fail with `wamp.error.network_failure`. */
  readonly isolated: boolean;
  /** The time in milliseconds since the Unix epoch, later than any time that another node has sent. */
  now(): number;
  /** Whether a session of another node has this id. */
  isSessionTaken(id: Id): boolean;

  /** Roles or permissions of this node changed: see {@link FabricRealm.rules}. */
  rulesChanged(): void;

  /** A session joined. */
  joined(session: SessionInfo): void;
  /** A session left, and all that it held is gone. Also told of local sessions, which never joined: other nodes may have met them. */
  left(session: SessionInfo, departure: Departure): void;

  /**
   * A session is about to subscribe. Until the promise settles, SUBSCRIBED waits, and the session is not read from; the
   * promise never rejects. Afterwards {@link FabricRealm.interest} has the subscription, or {@link unsubscribed} is called.
   * @returns `undefined` when all nodes know already that this node wants these events.
   */
  beforeSubscribe(wanted: WantedSubscription): Promise<void> | undefined;
  /** A session gave a subscription up, changed its node key, or left before it had it. */
  unsubscribed(subscription: Pick<SubscriptionInfo, "id" | "uri" | "match">): void;
  /** Whether a session of another node has this subscription. */
  isSubscribedElsewhere(subscription: Id): boolean;
  /** The node keys that sessions of other nodes gave for this subscription (spec: "Sharded Subscription"). */
  nodeKeys(subscription: Id): Iterable<string>;

  /**
   * A session is about to register. Until this and {@link RegistrationGrant.known} settle, REGISTERED waits, and the session
   * is not read from. A call that another node sends meanwhile makes it a callee at once. Every grant is used, or given back by
   * {@link unregistered}.
   * @throws WampError that the session gets, also as a rejection: another node has the procedure, or nobody can tell.
   */
  beforeRegister(session: Session, message: Register): Answer<RegistrationGrant>;
  /** A session gave a registration up, lost it, or left before it had it. */
  unregistered(registration: Pick<RegistrationInfo, "id" | "uri" | "match">, session: SessionInfo): void;

  /** See {@link RealmContext.bequeath}. */
  bequeath(plugin: string, inherit: (session: SessionInfo, value: Dict) => void): Bequest;

  /** A publication was accepted, and has been delivered to the subscribers of this node as far as it can be at once. */
  published(publication: Publication): void;

  /** This node is about to leave the realm, which goes on elsewhere: calls under way may end, new ones had better go to others. */
  leaving(): void;
  /**
   * This node leaves the realm: all its sessions have left. Nothing of the realm is asked for or told
   * afterwards.
   */
  detach(): Promise<void>;
}
