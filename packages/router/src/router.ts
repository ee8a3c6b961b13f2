import {
  Budget,
  CloseUri,
  ConfigError,
  suggestion,
  systemClock,
  type Acceptor,
  type Clock,
  type Connection,
  type ConnectionHandler,
  type Uri,
  type UriRule,
} from "@kreuz/codec";
import { ClientConnection } from "./connection/client-connection.js";
import type { Fabric } from "./fabric/fabric.js";
import { limitsWithDefaults, type RouterLimits } from "./limits.js";
import type { LocalIdentity, LocalSession } from "./plugin/local-session.js";
import type { Plugin } from "./plugin/plugin.js";
import type { RouterPlugin } from "./plugin/router-plugin.js";
import { type ExtensibleRouter, RouterPluginHost } from "./plugin/router-plugin-host.js";
import { silentLogger, type Logger } from "./logger.js";
import { CounterMetrics, type Metrics } from "./metrics.js";
import { CryptoRandom, type Random } from "./random.js";
import { Inspection, type RealmInspection } from "./realm/inspection.js";
import type { Reauthorization } from "./realm/reauthorize.js";
import { Realm, type LocalAccess, type NewPermissions, type RealmCounts, type RealmOptions } from "./realm/realm.js";
import type { GuardInfo } from "./plugin/guards.js";
import type { HttpHandler } from "./plugin/offers.js";
import type { PluginProblem } from "./plugin/set-up.js";
import type { PluginMetric } from "./stats/meter.js";
import { RealmStats } from "./stats/realm-stats.js";
import { endConnections } from "./connection/end-connections.js";
import type { Farewell, RouterServices, SlowConsumerPolicy } from "./connection/router-services.js";

/** Settings of a router. */
export interface RouterOptions {
  readonly realms: readonly RealmOptions[];
  /** Plugins of the router as a whole, in the order of their setup, which comes before the first realm opens. */
  readonly plugins?: readonly RouterPlugin[];
  /** Limits of every session; see {@link DEFAULT_LIMITS}. */
  readonly limits?: Partial<RouterLimits>;
  /** Bounds what all clients together make the process hold. Give the same one to the listeners. Default: one of 1 GiB. */
  readonly budget?: Budget;
  /** The characters allowed in URIs. Default `loose`. */
  readonly uriRule?: UriRule;
  /**
   * Ends sessions whose request ids do not count up by one, as the specification demands. Popular clients break this.
   * Default false.
   */
  readonly strictRequestIds?: boolean;
  /**
   * Asks only callees that announced call canceling for progressive results, as the specification demands. Autobahn|JS
   * announces progressive results without call canceling. Default false.
   */
  readonly strictProgressiveResults?: boolean;
  /**
   * Ends sessions that send progressive invocations without announcing them, as the specification demands. Wampy does
   * not announce them. Default false.
   */
  readonly strictProgressiveInvocations?: boolean;
  /** Default `drop`: a client that reads too slowly misses events, which {@link RealmStats.eventsDropped} counts. */
  readonly slowConsumer?: SlowConsumerPolicy;
  /**
   * The folder that relative paths in plugins' options refer to, such as the folder of the config file. Default: the
   * working directory of the process.
   */
  readonly baseDirectory?: string;
  /** Joins the realms with those of other routers, so that they serve them together. Default: they are on this router alone. */
  readonly fabric?: Fabric;
  /** Sent as `WELCOME.Details.agent`. Default `Kreuz`. */
  readonly agent?: string;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
}

/** How {@link Router.close} takes leave of the clients. */
export interface CloseOptions {
  /** Default `close`: transports are closed as going away, without GOODBYE, so that clients reconnect. */
  readonly farewell?: Farewell;
  /** The reason of GOODBYE or ABORT. Default `wamp.close.system_shutdown`. */
  readonly reason?: Uri;
  /** Default `the router is shutting down`. */
  readonly message?: string;
  /** Milliseconds that pending calls get to be answered before connections are closed. Default 0. */
  readonly graceMs?: number;
  /**
   * Milliseconds over which connections are closed, in random order, so that their clients do not all come back at once.
   * Default 0: at once.
   */
  readonly spreadMs?: number;
}

/** Something that a plugin cannot do at present; see {@link RealmContext.health}. */
export interface HealthProblem extends PluginProblem {
  /** Absent for a plugin of the router. */
  readonly realm?: Uri;
}

/** A WAMP router: takes connections from any transport and routes between the sessions of each realm. */
export class Router implements Acceptor {
  readonly #realms = new Map<Uri, Realm>();
  /** URIs of realms whose plugins are being set up. */
  readonly #opening = new Set<Uri>();
  readonly #services: RouterServices;
  /** Shared by all parts of the router, so that {@link setLimits} reaches them. */
  readonly #limits: RouterLimits;
  readonly #uriRule: UriRule;
  readonly #plugins: RouterPluginHost;
  readonly #fabric: Fabric | undefined;
  #closing: Promise<void> | undefined;

  /** Use {@link createRouter}: a router is ready only when its realms are. */
  constructor(options: Omit<RouterOptions, "realms">) {
    this.#uriRule = oneOf("uriRule", options.uriRule ?? "loose", ["loose", "strict"]);
    this.#limits = limitsWithDefaults(options.limits);
    this.#services = {
      realms: this.#realms,
      connections: new Set(),
      budget: options.budget ?? new Budget(),
      clock: options.clock ?? systemClock,
      random: options.random ?? new CryptoRandom(),
      limits: this.#limits,
      logger: options.logger ?? silentLogger,
      metrics: options.metrics ?? new CounterMetrics(),
      stats: new RealmStats([]),
      slowConsumer: oneOf("slowConsumer", options.slowConsumer ?? "drop", ["drop", "disconnect"]),
      strictRequestIds: options.strictRequestIds ?? false,
      strictProgressiveResults: options.strictProgressiveResults ?? false,
      strictProgressiveInvocations: options.strictProgressiveInvocations ?? false,
      baseDirectory: options.baseDirectory,
      agent: options.agent ?? "Kreuz",
    };
    this.#fabric = options.fabric;
    this.#plugins = new RouterPluginHost(this.#extensible(), options.plugins ?? []);
  }

  /** The URIs of the realms. */
  get realms(): readonly Uri[] {
    return [...this.#realms.keys()];
  }

  /** Open connections, with or without a session. */
  get connections(): number {
    return this.#services.connections.size;
  }

  /** How much a realm holds now: for metrics, and to see that nothing stays behind. `undefined` for an unknown realm. */
  counts(realm: Uri): RealmCounts | undefined {
    return this.#realms.get(realm)?.counts;
  }

  /**
   * What a realm has counted so far; without a realm, what belongs to none, such as connections that named one that does not
   * exist. `undefined` for an unknown realm.
   */
  stats(realm?: Uri): RealmStats | undefined {
    return realm === undefined ? this.#services.stats : this.#realms.get(realm)?.stats;
  }

  /** A realm as operators see it, with all its sessions and what they hold. `undefined` for an unknown realm. */
  inspect(realm: Uri): RealmInspection | undefined {
    const inspected = this.#realms.get(realm);
    return inspected && new Inspection(inspected);
  }

  /** What the plugins of a realm measure; without a realm, those of the router. */
  pluginMetrics(realm?: Uri): readonly PluginMetric[] {
    return realm === undefined ? this.#plugins.metrics : (this.#realms.get(realm)?.pluginMetrics ?? []);
  }

  /** The guards of a realm's plugins: for each kind, in the order in which they are asked. */
  guards(realm: Uri): readonly GuardInfo[] {
    return this.#realms.get(realm)?.guards.list ?? [];
  }

  /** What plugins of a realm offer to be mounted, or those of the router: `<plugin>/<name>`. */
  offers(realm?: Uri): readonly string[] {
    return (realm === undefined ? this.#plugins.offers : this.#realms.get(realm)?.offers)?.names ?? [];
  }

  /**
   * What answers HTTP requests that a listener takes for an offer of a plugin: `audit-log/recent`. After the plugin has taken
   * it back, the answer is 404.
   *
   * @param realm - of the plugin; absent for a plugin of the router.
   * @throws ConfigError when there is no such realm or offer.
   */
  offered(name: string, realm?: Uri): HttpHandler {
    const offers = realm === undefined ? this.#plugins.offers : this.#realms.get(realm)?.offers;
    if (offers === undefined) throw new ConfigError("realm", `realm "${realm}" does not exist`);
    offers.check(name, realm === undefined ? "the router" : `realm "${realm}"`);
    return (request, from) => offers.get(name)?.(request, from) ?? new Response("not found\n", { status: 404 });
  }

  /** What keeps plugins from doing their work now, such as a full disk; empty when all is well. */
  get health(): readonly HealthProblem[] {
    const ofRealms = [...this.#realms.values()].flatMap(({ uri, problems }) =>
      problems.map((problem) => ({ realm: uri, ...problem })),
    );
    return [...this.#plugins.problems, ...ofRealms];
  }

  /**
   * Sets up the plugins of the router, before its first realm opens; {@link createRouter} does so.
   * @throws PluginError when a plugin's `setup` fails or takes longer than 30 s.
   */
  async open(): Promise<void> {
    await this.#plugins.setup();
  }

  /**
   * Opens a realm: from then on sessions can join it.
   * @throws ConfigError when the URI is not valid or taken, the plugins do not fit together, or the router is closed;
   * PluginError when a plugin's `setup` fails or takes longer than 30 s.
   */
  async addRealm(options: RealmOptions): Promise<void> {
    const { uri } = options;
    if (this.#realms.has(uri) || this.#opening.has(uri))
      throw new ConfigError("realms", `realm "${uri}" already exists`);
    const plugins = [...this.#plugins.pluginsOf(uri), ...(options.plugins ?? [])];
    const realm = new Realm({ ...options, plugins }, this.#services, this.#uriRule, this.#fabric);
    this.#opening.add(uri);
    try {
      await realm.open();
      if (this.#closing !== undefined) throw new ConfigError("realms", "the router is closed");
      this.#realms.set(uri, realm);
      this.#plugins.opened(uri, realm.services.events);
    } catch (error) {
      // Closes what the plugins opened before one failed.
      await realm.close();
      throw error;
    } finally {
      this.#opening.delete(uri);
    }
  }

  /**
   * Sets one more plugin up in a realm that is open. Its `features` are not announced, and `requires` is not looked at.
   *
   * @returns a function that undoes what the plugin did: its procedures, listeners, guards and metrics.
   * @throws ConfigError for an unknown realm; PluginError when `setup` fails or takes longer than 30 s, after undoing what it did.
   */
  async addPlugin(realm: Uri, plugin: Plugin): Promise<() => Promise<void>> {
    const found = this.#realms.get(realm);
    if (found === undefined || found.closed) throw new ConfigError("realm", `realm "${realm}" does not exist`);
    return found.addPlugin(plugin);
  }

  /** Closes one realm: its sessions get GOODBYE with `wamp.close.close_realm`. Does nothing for an unknown realm. */
  async removeRealm(uri: Uri): Promise<void> {
    const realm = this.#realms.get(uri);
    this.#realms.delete(uri);
    if (realm === undefined) return;
    await realm.close({ reason: CloseUri.CLOSE_REALM });
    this.#plugins.events.emit("realmClosed", uri);
  }

  /**
   * Call this when the permissions of a realm have changed, with the new authorizer if it was replaced. Checks every
   * subscription and registration, a bounded number per turn, and revokes those that are no longer allowed. The new
   * permissions apply at once to new requests, and to those still undecided. Pending calls go on.
   *
   * @throws ConfigError for an unknown realm.
   */
  async reauthorize(realm: Uri, permissions?: NewPermissions): Promise<Reauthorization> {
    const found = this.#realms.get(realm);
    if (found === undefined) throw new ConfigError("realm", `realm "${realm}" does not exist`);
    return found.reauthorize(permissions);
  }

  /**
   * Changes limits while the router runs; limits that are not named stay. What already exceeds a new limit stays, and
   * running timers keep their time.
   *
   * @throws ConfigError for an unknown limit, or one that is not an integer in its range; then no limit changes.
   */
  setLimits(limits: Partial<RouterLimits>): void {
    Object.assign(this.#limits, limitsWithDefaults({ ...this.#limits, ...limits }));
  }

  /**
   * An acceptor whose clients can join some realms only: to them, no other exists. For a listener of its own.
   *
   * @param served - these `realms`, or all, also later ones, but those in `except`.
   * @throws ConfigError for one of `realms` that does not exist.
   */
  acceptor(served: { readonly realms: readonly Uri[] } | { readonly except: readonly Uri[] }): Acceptor {
    const named = "realms" in served ? served.realms : [];
    const unknown = named.find((uri) => !this.#realms.has(uri));
    if (unknown !== undefined) throw new ConfigError("realms", `realm "${unknown}" does not exist`);
    const uris = new Set("realms" in served ? named : served.except);
    const wanted = "realms" in served;
    const services = {
      ...this.#services,
      realms: { get: (uri: Uri) => (uris.has(uri) === wanted ? this.#realms.get(uri) : undefined) },
    };
    return { accept: (connection) => this.#accept(connection, services) };
  }

  /** Takes a connection from a transport. */
  accept(connection: Connection): ConnectionHandler {
    return this.#accept(connection, this.#services);
  }

  #accept(connection: Connection, services: RouterServices): ConnectionHandler {
    const client = new ClientConnection(connection, services);
    this.#services.connections.add(client);
    if (this.#closing !== undefined)
      client.shutdown({ reason: CloseUri.SYSTEM_SHUTDOWN, cause: "shutdown" }, "goodbye");
    return client;
  }

  /**
   * Opens a session inside the process: a client without transport, which the meta API does not show. Its requests take
   * effect before the methods return, unless an authorizer takes its time.
   *
   * @param access - by default no authorizer is asked; `{ authorized: true }` lets the session do what `identity` may.
   * @throws ConfigError when the realm does not exist, or is closed.
   */
  connect(realm: Uri, identity?: LocalIdentity, access: LocalAccess = {}): LocalSession {
    const { authorized = false, reach = "node" } = access;
    const joined = this.#realms.get(realm);
    if (joined === undefined || joined.closed) throw new ConfigError("realm", `realm "${realm}" does not exist`);
    return joined.connect(identity, { rights: authorized ? "authorized" : "anything", reach });
  }

  /**
   * Ends everything: no new sessions, pending calls get `graceMs` to be answered, then all connections are closed (see
   * {@link CloseOptions}), then the plugins clean up. Closing the listeners is up to whoever opened them; they flush what
   * was sent. A second call waits for the same end.
   */
  close(options: CloseOptions = {}): Promise<void> {
    return (this.#closing ??= this.#close(options));
  }

  async #close({ farewell = "close", graceMs = 0, spreadMs = 0, ...departure }: CloseOptions): Promise<void> {
    const { clock, connections, random } = this.#services;
    const { reason = CloseUri.SYSTEM_SHUTDOWN, message = "the router is shutting down" } = departure;
    this.#plugins.abort();
    for (const realm of this.#realms.values()) realm.abort();
    for (let waited = 0; waited < graceMs && this.#pendingCalls > 0; waited += GRACE_STEP)
      await new Promise<void>((resolve) => clock.schedule(Math.min(GRACE_STEP, graceMs - waited), resolve));
    await endConnections([...connections], { clock, random, spreadMs }, (connection) =>
      connection.shutdown({ reason, message, cause: "shutdown", silent: true }, farewell),
    );
    for (const realm of this.#realms.values()) {
      await realm.close({ reason, message });
      this.#plugins.events.emit("realmClosed", realm.uri);
    }
    await this.#plugins.close();
    await this.#fabric?.close();
  }

  /** The router as its plugins see it. */
  #extensible(): ExtensibleRouter {
    const { clock, logger, baseDirectory } = this.#services;
    return {
      realms: () => this.realms,
      clock,
      logger,
      baseDirectory,
      connect: (realm, identity) => this.connect(realm, identity, { authorized: true }),
    };
  }

  get #pendingCalls(): number {
    let pending = 0;
    for (const realm of this.#realms.values()) pending += realm.counts.pendingCalls;
    return pending;
  }
}

/** Milliseconds between looks whether calls are still pending. */
const GRACE_STEP = 10;

/**
 * Creates a router and opens its realms.
 * @throws ConfigError for an invalid setting; PluginError when a plugin's `setup` fails.
 */
export async function createRouter(options: RouterOptions): Promise<Router> {
  const router = new Router(options);
  try {
    await router.open();
    for (const realm of options.realms) await router.addRealm(realm);
  } catch (error) {
    await router.close();
    throw error;
  }
  return router;
}

/** Programs in JavaScript may give any text. */
function oneOf<T extends string>(option: string, value: T, values: readonly T[]): T {
  if (values.includes(value)) return value;
  throw new ConfigError(option, `expected ${values.join(" or ")}, got "${value}"${suggestion(value, values)}`);
}
