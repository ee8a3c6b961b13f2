import type { Account, Clock, Dict, Id, MatchPolicy, Payload, PublishOptions, RouterRole, Uri } from "@kreuz/codec";
import type { ProcedureCall as SessionCall } from "@kreuz/session";
import type { Action } from "../auth/authorizer.js";
import type { Verdict } from "../auth/authorization.js";
import type { Logger } from "../logger.js";
import type { Metrics } from "../metrics.js";
import type { Guard, GuardKind, GuardOptions, Where } from "./guards.js";
import type { HttpHandler } from "./offers.js";
import type { Requirement } from "./set-up.js";
import type { RealmEvents, RegistrationInfo, SubscriptionInfo } from "./realm-events.js";
import type { Answer, SessionDirectory } from "../session/session-directory.js";
import type { Reach } from "../session/session.js";
import type { SessionInfo } from "../session/session-info.js";
import type { Meter } from "../stats/meter.js";

/** Features by role, announced in WELCOME while the plugin is installed. */
export type RoleFeatures = Readonly<Partial<Record<RouterRole, Readonly<Record<string, boolean>>>>>;

/** The other nodes that serve a realm, where several do. Each has the same plugins. */
export interface OtherNodes {
  /** The name of this node. */
  readonly own: string;
  /** The names of those that can be reached. */
  names(): readonly string[];
  /**
   * Asks the plugin on another node. `body` and answer are what JSON can say.
   * @returns its answer. Rejects with `wamp.error.network_failure` when it is not there within a few seconds.
   */
  ask(node: string, question: string, body: object): Promise<unknown>;
  /** Answers a question of the plugin on other nodes. What it throws they get as `null`. */
  answer(question: string, answerer: (body: object) => unknown): void;
}

/** Extends a realm. A plain object: a plugin package exports a function that returns one. */
export interface Plugin {
  /** Unique in a realm; appears in logs and in the `requires` of other plugins. */
  readonly name: string;
  /** Plugins that must be set up before this one: their names, or `{ name, optional: true }` for one that may be missing. */
  readonly requires?: readonly Requirement[];
  readonly features?: RoleFeatures;
  /** Called once per realm, before the first session joins. Whatever it adds is undone when the realm closes. */
  setup(realm: RealmContext): void | Promise<void>;
  /**
   * Takes other options while the realm is open, when the config is read again: what `create` would get. Throws, and keeps
   * the old ones, when it cannot. Absent: other options take effect at the next start.
   */
  update?(options: never): void | Promise<void>;
}

/** What an authenticator or an authorizer may have besides its contract. */
export interface RealmPart {
  /**
   * Called like that of a {@link Plugin}, before the plugins. When a config that is read again replaces the part, what it did stays
   * until the realm closes: logins under way may need it.
   */
  setup?(realm: RealmContext): void | Promise<void>;
}

/** Subscriptions or registrations of a realm. */
export interface Directory<T> {
  list(): Answer<readonly T[]>;
  get(id: Id): Answer<T | undefined>;
  lookup(uri: Uri, match: MatchPolicy): Answer<T | undefined>;
  /** The entries that a concrete URI matches; for registrations at most one, the best match. */
  match(uri: Uri): Answer<readonly T[]>;
  /** The sessions that hold it; `undefined` for an unknown id. */
  members(id: Id): Answer<readonly Id[] | undefined>;
  /**
   * Revokes it from one session, and tells the session if it announced the feature (spec: "Subscription Revocation",
   * "Registration Revocation").
   * @returns whether the session held it.
   */
  remove(id: Id, session: Id, reason?: string): Answer<boolean>;
}

/** One call of a procedure inside the process. */
export interface ProcedureCall extends SessionCall {
  /** The calling session; always disclosed inside the process. */
  readonly caller: SessionInfo;
}

/**
 * Answers a call, as the procedures of any `Session` do: with a value, a `CallResult`, or as an asynchronous generator with
 * progressive results. A thrown `WampError` becomes that ERROR; anything else becomes `wamp.error.runtime_error`, with its
 * text in the log only.
 */
export type ProcedureHandler = (call: ProcedureCall) => unknown;

/** What a plugin keeps at another node, see {@link RealmContext.bequeath}. */
export interface Bequest {
  /**
   * Replaces what is kept about a session of this node; `undefined`: nothing any more. It goes by itself when the session leaves.
   * @returns a promise that settles when the other node has it, or cannot be waited for; never rejects. `undefined`: there is no
   * other node.
   */
  set(session: Id, value: Dict | undefined): Promise<void> | undefined;
}

/** What a plugin can see and do in its realm. */
export interface RealmContext {
  readonly uri: Uri;
  /** Aborted when the realm closes, before its sessions are ended. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Counts limits that are reached. */
  readonly metrics: Metrics;
  /** The plugin's own metrics. */
  readonly meter: Meter;
  /** The folder that relative paths in a plugin's options refer to; absent: the process's working directory. */
  readonly baseDirectory: string | undefined;
  /** Whether other routers may serve the realm together with this one. */
  readonly clustered: boolean;
  /** `undefined` while this router serves the realm alone. */
  readonly nodes: OtherNodes | undefined;
  readonly sessions: SessionDirectory;
  readonly subscriptions: Directory<SubscriptionInfo>;
  readonly registrations: Directory<RegistrationInfo>;
  /** Registers a procedure, also under `wamp.`. @returns a function that unregisters it. */
  procedure(uri: Uri, handler: ProcedureHandler): () => void;
  /**
   * Publishes as the router itself, also under `wamp.`.
   *
   * @param reach - where several nodes serve the realm together, each with this plugin: whether the event is for the sessions of
   * this node only. Default `node`: the plugin tells each node's sessions what it hears there.
   */
  publish(topic: Uri, payload: Payload, options?: PublishOptions, reach?: Reach): void;
  /** Asks whether a session may do something. @returns the terms, or the error that the session would get. */
  authorize(session: SessionInfo, action: Action): Promise<Verdict>;
  /**
   * Publishes in the name of a session, which may have left, authorized as if it published itself. Synchronous, so that
   * publications keep their order, unless the authorizer returns a Promise.
   * @throws WampError when the session is not allowed to; as a rejection when the authorizer returned a Promise.
   */
  publishAs(session: SessionInfo, topic: Uri, payload: Payload, options?: PublishOptions): Answer<void>;
  /**
   * The account of a session's connection: whatever a client makes the plugin keep is charged to it, and refunded when it
   * is gone. `undefined` for a session that has left or is inside the process.
   */
  account(session: Id): Account | undefined;
  /**
   * Reports what keeps the plugin from doing its work, such as a full disk, until it reports something else; without a
   * reason, all is well again. Shown by {@link Router.health}; the plugin writes its own log lines.
   */
  health(reason?: string): void;
  /**
   * Keeps something about sessions of this node at one other node that serves the realm, in case this node dies.
   *
   * @param inherit - told about the sessions of a node that died, at the node that kept it for them, once: does what that node
   * cannot do any more.
   */
  bequeath(inherit: (session: SessionInfo, value: Dict) => void): Bequest;
  /**
   * Offers to answer HTTP requests, as `<plugin>/<name>`. Nothing is reachable until a config mounts it at a path of a listener.
   * @returns a function that takes it back. @throws ConfigError when the plugin offers the name already.
   */
  offer(name: string, handle: HttpHandler): () => void;
  /**
   * Looks at messages before they go on: refuses them, or replaces their payloads. In the order in which guards were added; for
   * results in reverse. What the router and its plugins send themselves is not guarded.
   *
   * @param where - the procedures or topics; nothing else costs anything.
   * @returns a function that removes it.
   */
  guard<K extends GuardKind>(
    kind: K,
    where: Where | readonly Where[],
    guard: Guard<K>,
    options?: GuardOptions,
  ): () => void;
  /**
   * What the authenticator noted about a session besides its identity, such as the claims of a token; empty when nothing. No
   * client ever sees it.
   */
  attributes(session: SessionInfo): Dict;
  /** Adds a listener. @returns a function that removes it. */
  on<K extends keyof RealmEvents>(event: K, listener: RealmEvents[K]): () => void;
  /** Runs a clean-up when the realm closes, in reverse order. */
  defer(cleanup: () => void | Promise<void>): void;
}
