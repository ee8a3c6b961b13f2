import {
  CloseUri,
  ConfigError,
  isUri,
  MessageType,
  WampError,
  type Id,
  type Payload,
  type PublishOptions,
  type Uri,
  type UriRule,
  type WelcomeDetails,
} from "@kreuz/codec";
import { anonymous } from "../auth/anonymous.js";
import type { Authenticator } from "../auth/authenticator.js";
import type { Authorizer } from "../auth/authorizer.js";
import { Broker } from "../broker/broker.js";
import { Dealer } from "../dealer/dealer.js";
import { DepartedSession } from "./departed-session.js";
import { EventHub } from "../plugin/event-hub.js";
import { Gate, type Verdict } from "../auth/authorization.js";
import { LOCAL_TRANSPORT, LocalSession } from "./local-session.js";
import type { Logger } from "../logger.js";
import type { Plugin } from "../plugin/plugin.js";
import { PluginHost } from "./plugin-host.js";
import type { RealmCounts } from "./realm-counts.js";
import { type Reauthorization, revokeDenied } from "./reauthorize.js";
import type { RealmServices } from "../realm-services.js";
import type { Departure, SessionInfo } from "../session/session-info.js";
import { SessionTable, type EndableSession } from "../session/session-table.js";
import { UriPolicy } from "../auth/uri-policy.js";

/** Settings of one realm. */
export interface RealmOptions {
  readonly uri: Uri;
  /** Who may do what. There is no default: {@link allowAll} has to be said. */
  readonly authorizer: Authorizer;
  /** In no order: the client's order of methods decides. Default: {@link anonymous} alone. */
  readonly authenticators?: readonly Authenticator[];
  readonly plugins?: readonly Plugin[];
  /** Roles that exist. An authenticator that gives another one is refused with `wamp.error.no_such_role`. Default: any. */
  readonly roles?: readonly string[];
}

/** What changes about the permissions of a realm; what is absent stays. */
export type NewPermissions = Partial<Pick<RealmOptions, "authorizer" | "roles">>;

/** Who a session in this process is. */
export interface LocalIdentity {
  /** Default: a random name. */
  readonly authid?: string;
  /** Default `trusted`. */
  readonly authrole?: string;
}

/** One realm: its sessions, broker, dealer and plugins. Sessions of one realm never see those of another. */
export class Realm {
  readonly uri: Uri;
  readonly authenticators: readonly Authenticator[];
  readonly gate: Gate;
  readonly sessions: SessionTable;
  readonly services: RealmServices;
  readonly uris: UriPolicy;
  readonly broker: Broker;
  readonly dealer: Dealer;
  #roles: ReadonlySet<string> | undefined;
  readonly #locals = new Set<LocalSession>();
  readonly #plugins: PluginHost;
  #closed = false;

  constructor(options: RealmOptions, services: Omit<RealmServices, "events">, rule: UriRule) {
    if (!isUri(options.uri, rule)) throw new ConfigError("realm.uri", `"${options.uri}" is not a valid ${rule} URI`);
    this.uri = options.uri;
    this.authenticators = options.authenticators ?? [anonymous({ random: services.random })];
    this.sessions = new SessionTable(services.clock);
    this.services = { ...services, events: new EventHub(services.logger) };
    this.uris = new UriPolicy(rule, services);
    this.gate = new Gate(options.authorizer, this.uris, this.services);
    this.broker = new Broker(this.services);
    this.dealer = new Dealer(this.services);
    this.#roles = options.roles === undefined ? undefined : new Set(options.roles);
    this.#plugins = new PluginHost(this, options.plugins ?? []);
  }

  get logger(): Logger {
    return this.services.logger;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The roles and features of WELCOME: the router's own and the plugins'. */
  get features(): WelcomeDetails["roles"] {
    return this.#plugins.features;
  }

  /** Sets up the plugins. Sessions join after that. */
  async open(): Promise<void> {
    await this.#plugins.setup();
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

  hasRole(authrole: string): boolean {
    return this.#roles === undefined || this.#roles.has(authrole);
  }

  /**
   * Permissions have changed: asks again for every subscription and registration, and revokes what is no longer allowed.
   * New requests go by the new permissions at once, and so do those that were undecided.
   */
  async reauthorize({ authorizer, roles }: NewPermissions = {}): Promise<Reauthorization> {
    this.gate.renew(authorizer);
    if (roles !== undefined) this.#roles = new Set(roles);
    const outcome = await revokeDenied(this);
    this.logger.info({ realm: this.uri, ...outcome }, "permissions were looked at again");
    return outcome;
  }

  /** An id that no session of this realm has. */
  newSessionId(): Id {
    let id = this.services.random.id();
    while (this.sessions.has(id)) id = this.services.random.id();
    return id;
  }

  join(session: EndableSession): void {
    this.sessions.add(session);
    this.services.metrics.count("sessions_joined");
  }

  /**
   * The one way out for every session, whether it said GOODBYE, lost its transport, was killed or timed out: out of the
   * directory at once, then registrations, subscriptions, testaments, and the meta event last.
   */
  leave(session: EndableSession, departure: Departure): void {
    if (!this.sessions.has(session.id)) return;
    this.sessions.remove(session);
    this.dealer.remove(session);
    this.broker.remove(session);
    this.services.metrics.count("sessions_left");
    this.services.events.emit("sessionLeaving", session.info, departure);
    this.services.events.emit("sessionLeft", session.info, departure);
  }

  /** A session inside this process. It is never listed, counted, got or killed by the meta API. */
  connect({ authid, authrole = "trusted" }: LocalIdentity = {}, trusted = false): LocalSession {
    const info: SessionInfo = Object.freeze({
      session: this.newSessionId(),
      realm: this.uri,
      authid: authid ?? this.services.random.name(),
      authrole,
      authmethod: "local",
      authprovider: "router",
      transport: LOCAL_TRANSPORT,
    });
    const session = new LocalSession(this, info, trusted);
    this.#locals.add(session);
    return session;
  }

  /**
   * Publishes in the name of a session, which may have left: authorized as if it published itself. Synchronous like
   * any publication, unless the authorizer answers with a Promise.
   * @throws WampError when the session may not publish that; as a rejection when the authorizer took its time.
   */
  publishAs(publisher: SessionInfo, topic: Uri, payload: Payload, options: PublishOptions = {}): void | Promise<void> {
    const publish = (verdict: Verdict): void => {
      if (verdict instanceof WampError) throw verdict;
      const message = { type: MessageType.PUBLISH, request: 1, options, topic, payload } as const;
      this.broker.publish(new DepartedSession(publisher), message, verdict);
    };
    const verdict = this.gate.check(publisher, { type: "publish", uri: topic, match: "exact" });
    return verdict instanceof Promise ? verdict.then(publish) : publish(verdict);
  }

  /** Takes a local session out of broker and dealer; called by its `leave`. */
  leaveLocal(session: LocalSession): void {
    this.dealer.remove(session);
    this.broker.remove(session);
    this.#locals.delete(session);
  }

  /**
   * Tells the plugins that the realm is about to close: those who still wait for their GOODBYE are not to hear of those
   * who got it.
   */
  abort(): void {
    this.#plugins.abort();
  }

  /** Ends all sessions without telling them of one another, then the plugins. */
  async close(departure: Departure = { reason: CloseUri.SYSTEM_SHUTDOWN }): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.abort();
    for (const session of [...this.sessions]) session.end({ ...departure, silent: true });
    await this.#plugins.close();
    for (const session of [...this.#locals]) session.leave();
  }
}
