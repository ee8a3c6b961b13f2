import {
  CloseUri,
  ConfigError,
  isUri,
  MessageType,
  WampError,
  type Id,
  type Dict,
  type Payload,
  type Publish,
  type PublishOptions,
  type Uri,
  type UriRule,
  type WelcomeDetails,
} from "@kreuz/codec";
import { SessionEndedError } from "@kreuz/session";
import { anonymous, type Authenticator } from "../auth/authenticator.js";
import type { Authorizer } from "../auth/authorizer.js";
import { Broker } from "../broker/broker.js";
import { Dealer } from "../dealer/dealer.js";
import { Departures } from "./departures.js";
import type { Fabric } from "../fabric/fabric.js";
import { EventHub } from "../plugin/event-hub.js";
import type { LocalIdentity } from "../plugin/local-session.js";
import { EVENT_NAMES, type RealmEvents } from "../plugin/realm-events.js";
import { Authorization, type Verdict } from "../auth/authorization.js";
import { JoinedRealm } from "./joined-realm.js";
import { LOCAL_TRANSPORT, InProcessSession, type LocalTerms } from "./local-session.js";
import type { RoleLimits } from "../limits.js";
import type { Logger } from "../logger.js";
import type { Plugin, RealmContext, RealmPart } from "../plugin/plugin.js";
import { Guards } from "../plugin/guards.js";
import { guardRequest } from "./guarded.js";
import { PluginHost } from "./plugin-host.js";
import { type Reauthorization, revokeDenied } from "./reauthorize.js";
import type { RealmServices } from "../realm-services.js";
import { peerFeatures } from "../session/peer-features.js";
import type { Departure, SessionInfo } from "../session/session-info.js";
import { SessionTable, type EndableSession } from "../session/session-table.js";
import { Session, type Reach, type SendOutcome } from "../session/session.js";
import type { Offers } from "../plugin/offers.js";
import type { PluginProblem } from "../plugin/set-up.js";
import type { PluginMetric } from "../stats/meter.js";
import { RealmStats } from "../stats/realm-stats.js";
import { UriPolicy } from "../auth/uri-policy.js";

/** Settings of one realm. */
export interface RealmOptions {
  readonly uri: Uri;
  /** Decides who may do what. There is no default: allowing everything takes an explicit {@link allowAll}. */
  readonly authorizer: Authorizer & RealmPart;
  /** In any order: the client's order of methods decides. Default: {@link anonymous} alone. */
  readonly authenticators?: readonly (Authenticator & RealmPart)[];
  readonly plugins?: readonly Plugin[];
  /** The roles that exist; a client whose authenticator grants another is refused with `wamp.error.no_such_role`. Default: any. */
  readonly roles?: readonly string[];
  /** Rates by role, in place of the router's `messagesPerSecond` and `bytesPerSecond`. */
  readonly roleLimits?: Readonly<Record<string, RoleLimits>>;
}

/** New permissions of a realm; what is absent stays. */
export type NewPermissions = Partial<Pick<RealmOptions, "authorizer" | "roles" | "roleLimits">>;

/** What a session inside the process may do. */
export interface LocalAccess {
  /**
   * Asks the realm's authorizer about every action, with the identity's authid and authrole, as for any client. Default false:
   * everything is allowed that is not reserved for the router.
   */
  readonly authorized?: boolean;
  /**
   * How far the session's registrations and subscriptions reach, where several nodes serve the realm together. `node`: its
   * procedures are called by sessions of this node only, and it receives what they publish; each node may have such a session.
   * `realm`: as for any client, so that requests to register and subscribe may take their time. What it calls and publishes
   * always reaches the realm. Default `node`.
   */
  readonly reach?: Reach;
}

/** How much a realm holds at this moment. All zero when every session has left: nothing may stay behind. */
export interface RealmCounts {
  readonly sessions: number;
  readonly localSessions: number;
  readonly subscriptions: number;
  readonly registrations: number;
  /** Calls without an answer. */
  readonly pendingCalls: number;
  /** Those of them that wait for a free callee. */
  readonly waitingCalls: number;
  /** Sessions with a subscription, a registration or a record of calls. */
  readonly holders: number;
  readonly retainedTopics: number;
}

/** One realm: its sessions, broker, dealer and plugins. Sessions of one realm never see those of another. */
export class Realm {
  readonly uri: Uri;
  readonly authenticators: readonly Authenticator[];
  readonly authorization: Authorization;
  readonly sessions: SessionTable;
  readonly services: RealmServices;
  /** What the realm counts. */
  readonly stats: RealmStats;
  readonly uris: UriPolicy;
  readonly broker: Broker;
  readonly dealer: Dealer;
  readonly guards: Guards;
  readonly attributes: WeakMap<SessionInfo, Dict> = new WeakMap();
  #roles: ReadonlySet<string> | undefined;
  #roleLimits: Readonly<Record<string, RoleLimits>>;
  readonly #locals = new Set<InProcessSession>();
  readonly #plugins: PluginHost;
  readonly departures: Departures;
  /** Joins the realm with other nodes when it opens. */
  readonly #fabric: Fabric | undefined;
  #aborted = false;
  #closed = false;

  constructor(
    options: RealmOptions,
    services: Omit<RealmServices, "events" | "stats" | "fabric">,
    rule: UriRule,
    fabric?: Fabric,
  ) {
    if (!isUri(options.uri, rule)) throw new ConfigError("realm.uri", `"${options.uri}" is not a valid ${rule} URI`);
    this.uri = options.uri;
    this.authenticators = options.authenticators ?? [anonymous({ random: services.random })];
    this.sessions = new SessionTable(services.clock);
    this.stats = new RealmStats(this.authenticators.map(({ method }) => method));
    this.services = {
      ...services,
      events: new EventHub<RealmEvents>(EVENT_NAMES, services.logger),
      stats: this.stats,
      fabric: undefined,
    };
    this.#fabric = fabric;
    this.uris = new UriPolicy(rule, services);
    this.authorization = new Authorization(options.authorizer, this.uris, this.services);
    this.broker = new Broker(this.services);
    this.dealer = new Dealer(this.services);
    this.guards = new Guards(this.services);
    this.departures = new Departures(services.clock);
    this.#roles = options.roles === undefined ? undefined : new Set(options.roles);
    this.#roleLimits = options.roleLimits ?? {};
    this.#plugins = new PluginHost(this, [...partsOf(options), ...(options.plugins ?? [])]);
  }

  get logger(): Logger {
    return this.services.logger;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The roles and features that WELCOME announces: the router's own and the plugins'. */
  get features(): WelcomeDetails["roles"] {
    return this.#plugins.features;
  }

  /** Sets up the plugins. Sessions may join afterwards. */
  async open(): Promise<void> {
    this.services.fabric = this.#fabric?.attach(new JoinedRealm(this));
    await this.services.fabric?.open();
    await this.#plugins.setup();
  }

  /** Sets one more plugin up. @returns a function that undoes what it did. */
  addPlugin(plugin: Plugin): Promise<() => Promise<void>> {
    return this.#plugins.add(plugin);
  }

  get counts(): RealmCounts {
    const { subscriptions, retainedTopics } = this.broker;
    const { registrations, calls } = this.dealer;
    return {
      sessions: this.sessions.size,
      localSessions: this.#locals.size,
      subscriptions: subscriptions.byId.size,
      registrations: registrations.byId.size,
      pendingCalls: calls.pending,
      waitingCalls: calls.waiting,
      holders: Math.max(subscriptions.holders, registrations.holders, calls.sessions),
      retainedTopics,
    };
  }

  /** The rates of a role, if it has any of its own. Sessions get them when they join. */
  limitsOf(authrole: string): RoleLimits | undefined {
    return Object.hasOwn(this.#roleLimits, authrole) ? this.#roleLimits[authrole] : undefined;
  }

  /** The roles that exist; `undefined` when any may. */
  get roles(): readonly string[] | undefined {
    return this.#roles && [...this.#roles];
  }

  /** What keeps plugins from doing their work. */
  get problems(): readonly PluginProblem[] {
    return this.#plugins.problems;
  }

  /** What plugins offer to be mounted. */
  get offers(): Offers {
    return this.#plugins.offers;
  }

  /** What plugins measure. */
  get pluginMetrics(): readonly PluginMetric[] {
    return this.#plugins.metrics;
  }

  hasRole(authrole: string): boolean {
    return this.#roles === undefined || this.#roles.has(authrole);
  }

  /**
   * Permissions have changed: checks every subscription and registration again, and revokes what is no longer allowed.
   * The new permissions apply at once to new requests, and to those still undecided.
   */
  async reauthorize({ authorizer, roles, roleLimits }: NewPermissions = {}): Promise<Reauthorization> {
    this.authorization.renew(authorizer);
    if (roles !== undefined) this.#roles = new Set(roles);
    if (roleLimits !== undefined) this.#roleLimits = roleLimits;
    this.services.fabric?.rulesChanged();
    const outcome = await revokeDenied(this);
    this.logger.info(
      { realm: this.uri, ...outcome },
      "permissions changed: subscriptions and registrations were checked again",
    );
    return outcome;
  }

  /** A new session id, unique in this realm. */
  newSessionId(): Id {
    const { random, fabric } = this.services;
    let id = random.id();
    while (this.sessions.has(id) || fabric?.isSessionTaken(id) === true) id = random.id();
    return id;
  }

  join(session: EndableSession): void {
    this.sessions.add(session);
    this.stats.joined.add(session.info.authmethod);
    this.services.fabric?.joined(session.info);
    this.services.events.emit("sessionJoined", session.info);
  }

  /**
   * The one way out for every session, whether it said GOODBYE, lost its transport, was killed or timed out. It leaves
   * the directory first, then its registrations, its subscriptions, its testaments, and the meta event comes last. A
   * session that holds much takes several turns of the event loop; nothing reaches it any more.
   */
  leave(session: EndableSession, departure: Departure): void {
    if (!this.sessions.has(session.id)) return;
    this.sessions.remove(session);
    this.stats.left.add(departure.cause ?? "killed");
    this.stats.sessionSeconds.observe((this.services.clock.monotonic() - session.activity.joined) / 1000);
    void this.departures.add(
      this.#removal(session, this.#toldOf(departure), [this.dealer.remove(session), this.broker.remove(session)]),
    );
  }

  /** A realm that goes on elsewhere is told of the sessions that leave because this node stops, and of their testaments. */
  #toldOf(departure: Departure): Departure {
    const stops = departure.cause === "shutdown" && this.services.fabric !== undefined;
    return stops ? { ...departure, silent: false } : departure;
  }

  *#removal(session: Session, departure: Departure, parts: readonly Iterable<unknown>[]): Generator<unknown, void> {
    for (const part of parts) yield* part;
    this.services.events.emit("sessionLeaving", session.info, departure);
    yield* this.#whileDelivering();
    this.services.fabric?.left(session.info, departure);
    this.services.events.emit("sessionLeft", session.info, departure);
    yield* this.#whileDelivering();
  }

  /**
   * Lets testaments and meta events reach their receivers before more come: their receivers are kept meanwhile. Not for ever,
   * since sessions in this process may publish all the time.
   */
  *#whileDelivering(): Generator<undefined, void> {
    for (let step = 0; step < MAX_STEPS_OF_WAITING && this.broker.isDelivering; step++) yield;
  }

  /** Answers a question of a plugin on another node. */
  answerNode(question: string, body: object): unknown {
    return this.#plugins.answer(question, body);
  }

  /** Opens a session inside the process. The meta API never lists, counts, shows or kills it. */
  connect({ authid, authrole = "trusted" }: LocalIdentity = {}, terms: LocalTerms = ANYTHING): InProcessSession {
    const info: SessionInfo = Object.freeze({
      session: this.newSessionId(),
      realm: this.uri,
      authid: authid ?? this.services.random.name(),
      authrole,
      authmethod: "local",
      authprovider: "router",
      transport: LOCAL_TRANSPORT,
    });
    const session = new InProcessSession(this, info, terms);
    this.#locals.add(session);
    return session;
  }

  /**
   * Publishes in the name of a session, which may have left, authorized as if it published itself. Synchronous like any
   * publication, unless the authorizer returns a Promise.
   * @throws WampError when the session is not allowed to; as a rejection when the authorizer returned a Promise.
   */
  publishAs(publisher: SessionInfo, topic: Uri, payload: Payload, options: PublishOptions = {}): void | Promise<void> {
    const publish = (verdict: Verdict): void | Promise<void> => {
      if (verdict instanceof WampError) throw verdict;
      const message = { type: MessageType.PUBLISH, request: 1, options, topic, payload } as const;
      const go = (guarded: Publish): void => void this.broker.publish(new DepartedSession(publisher), guarded, verdict);
      const guarded = this.guards.any ? guardRequest(this, publisher, message) : message;
      return guarded instanceof Promise ? guarded.then(go) : go(guarded);
    };
    const verdict = this.authorization.check(publisher, { type: "publish", uri: topic, match: "exact" });
    return verdict instanceof Promise ? verdict.then(publish) : publish(verdict);
  }

  /** Removes a local session from broker and dealer; called by the session when it leaves. */
  leaveLocal(session: InProcessSession): void {
    const { peer } = session;
    for (const part of [this.dealer.remove(peer), this.broker.remove(peer)]) for (const _step of part);
    this.#locals.delete(session);
    this.services.fabric?.left(peer.info, { reason: CloseUri.NORMAL });
  }

  /**
   * Tells the other nodes and the plugins that the realm is about to close here, so that sessions still waiting for their GOODBYE get no meta
   * events about those that already left.
   */
  abort(): void {
    if (!this.#aborted) this.services.fabric?.leaving();
    this.#aborted = true;
    this.#plugins.abort();
  }

  /** Ends all sessions, without meta events to the others, then the plugins. */
  async close(departure: Departure = { reason: CloseUri.SYSTEM_SHUTDOWN }): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.abort();
    await this.sessions.close(departure);
    await this.departures.finished();
    await this.#plugins.close();
    const closed = new SessionEndedError(departure.reason, departure.message ?? "the realm was closed");
    for (const session of [...this.#locals]) session.leave(closed);
    await this.services.fabric?.detach();
  }
}

/** Authenticators and authorizers that want to be set up, which is what a plugin does. */
function partsOf({ authenticators = [], authorizer }: RealmOptions): readonly Plugin[] {
  const parts = [
    ...authenticators.map((part) => ({ name: `authenticator ${part.method}`, part })),
    { name: "authorizer", part: authorizer },
  ];
  return parts.flatMap(({ name, part }) =>
    part.setup === undefined ? [] : [{ name, setup: (realm: RealmContext) => part.setup?.(realm) }],
  );
}

/** What sessions inside the process may do by default. */
const ANYTHING: LocalTerms = { rights: "anything", reach: "node" };

/** A dozen turns of the event loop and more. */
const MAX_STEPS_OF_WAITING = 2048;

const DEPARTED_FEATURES = peerFeatures({ publisher: { features: { payload_passthru_mode: true } } });

/** A session that publishes and receives nothing: testaments are published in its name. */
class DepartedSession extends Session {
  constructor(info: SessionInfo) {
    super(info, DEPARTED_FEATURES, false);
  }

  override send(): SendOutcome {
    return "sent";
  }

  override sendEvent(): void {}
}
