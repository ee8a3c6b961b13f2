import {
  CloseUri,
  ConfigError,
  systemClock,
  type Acceptor,
  type Clock,
  type Connection,
  type ConnectionHandler,
  type Uri,
  type UriRule,
} from "@kreuz/codec";
import { ClientConnection } from "./connection/client-connection.js";
import { limitsWithDefaults, type RouterLimits } from "./limits.js";
import type { LocalSession } from "./realm/local-session.js";
import { silentLogger, type Logger } from "./logger.js";
import { CounterMetrics, type Metrics } from "./metrics.js";
import { CryptoRandom, type Random } from "./random.js";
import type { Reauthorization } from "./realm/reauthorize.js";
import { Realm, type LocalIdentity, type NewPermissions, type RealmOptions } from "./realm/realm.js";
import type { RealmCounts } from "./realm/realm-counts.js";
import type { RouterServices, SlowConsumerPolicy } from "./connection/router-services.js";
import type { Departure } from "./session/session-info.js";

/** Settings of a router. */
export interface RouterOptions {
  readonly realms: readonly RealmOptions[];
  /** Bounds for every session; see {@link DEFAULT_LIMITS}. */
  readonly limits?: Partial<RouterLimits>;
  /** Characters allowed in URIs. Default `loose`. */
  readonly uriRule?: UriRule;
  /**
   * Ends sessions whose request ids do not count up by one. The specification demands it, and clients that people use
   * break it. Default false.
   */
  readonly strictRequestIds?: boolean;
  /**
   * Promises progressive results only to callees that announced call canceling, as the specification demands.
   * Autobahn|JS announces the first without the second. Default false.
   */
  readonly strictProgressiveResults?: boolean;
  /**
   * Ends sessions that send progressive invocations without having announced them, as the specification demands. Wampy
   * does that. Default false.
   */
  readonly strictProgressiveInvocations?: boolean;
  /** Default `drop`: a client that reads too slowly misses events, and the counter `events_dropped` says so. */
  readonly slowConsumer?: SlowConsumerPolicy;
  /** What WELCOME says this router is. Default `Kreuz`. */
  readonly agent?: string;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
}

/** A WAMP router: takes connections from any transport and routes between the sessions of each realm. */
export class Router implements Acceptor {
  readonly #realms = new Map<Uri, Realm>();
  /** Realms whose plugins are being set up. */
  readonly #opening = new Set<Uri>();
  readonly #services: RouterServices;
  /** The object that everything of this router looks its limits up in. */
  readonly #limits: RouterLimits;
  readonly #uriRule: UriRule;
  #closing: Promise<void> | undefined;

  /** Use {@link createRouter}: a router is ready only when its realms are. */
  constructor(options: Omit<RouterOptions, "realms">) {
    this.#uriRule = options.uriRule ?? "loose";
    this.#limits = limitsWithDefaults(options.limits);
    this.#services = {
      realms: this.#realms,
      connections: new Set(),
      clock: options.clock ?? systemClock,
      random: options.random ?? new CryptoRandom(),
      limits: this.#limits,
      logger: options.logger ?? silentLogger,
      metrics: options.metrics ?? new CounterMetrics(),
      slowConsumer: options.slowConsumer ?? "drop",
      strictRequestIds: options.strictRequestIds ?? false,
      strictProgressiveResults: options.strictProgressiveResults ?? false,
      strictProgressiveInvocations: options.strictProgressiveInvocations ?? false,
      agent: options.agent ?? "Kreuz",
    };
  }

  /** URIs of the realms. */
  get realms(): readonly Uri[] {
    return [...this.#realms.keys()];
  }

  /** Connections that are open now, with or without a session. */
  get connections(): number {
    return this.#services.connections.size;
  }

  /** How much there is in a realm now: for metrics, and to see that nothing stays behind. `undefined` when there is no such realm. */
  counts(realm: Uri): RealmCounts | undefined {
    return this.#realms.get(realm)?.counts;
  }

  /**
   * Opens a realm: from then on sessions can join it.
   * @throws ConfigError when the URI is not valid or taken, the plugins do not fit together, or the router is closed;
   * whatever a plugin's `setup` throws.
   */
  async addRealm(options: RealmOptions): Promise<void> {
    const { uri } = options;
    if (this.#realms.has(uri) || this.#opening.has(uri))
      throw new ConfigError("realms", `there is a realm "${uri}" already`);
    const realm = new Realm(options, this.#services, this.#uriRule);
    this.#opening.add(uri);
    try {
      await realm.open();
      if (this.#closing !== undefined) throw new ConfigError("realms", "the router is closed");
      this.#realms.set(uri, realm);
    } catch (error) {
      // What the plugins had opened by then must not stay open.
      await realm.close();
      throw error;
    } finally {
      this.#opening.delete(uri);
    }
  }

  /** Closes one realm: its sessions get GOODBYE with `wamp.close.close_realm`. Does nothing when there is none. */
  async removeRealm(uri: Uri): Promise<void> {
    const realm = this.#realms.get(uri);
    this.#realms.delete(uri);
    await realm?.close({ reason: CloseUri.CLOSE_REALM });
  }

  /**
   * To be called when the permissions of a realm have changed, with the new authorizer if it is another one. Asks it for
   * every subscription and registration, a bounded number in each turn, and revokes those that are no longer allowed.
   * Requests that come meanwhile, or wait for a decision, go by the new permissions. Calls under way are not ended.
   *
   * @throws ConfigError when there is no such realm.
   */
  async reauthorize(realm: Uri, permissions?: NewPermissions): Promise<Reauthorization> {
    const found = this.#realms.get(realm);
    if (found === undefined) throw new ConfigError("realm", `there is no realm "${realm}"`);
    return found.reauthorize(permissions);
  }

  /**
   * Changes limits while the router runs; those that are not named stay. What is beyond a new limit already stays, and
   * timers that run keep their time.
   *
   * @throws ConfigError when a limit is unknown, or not an integer in its range; then all stay as they were.
   */
  setLimits(limits: Partial<RouterLimits>): void {
    Object.assign(this.#limits, limitsWithDefaults({ ...this.#limits, ...limits }));
  }

  /** Takes a connection from a transport. */
  accept(connection: Connection): ConnectionHandler {
    const client = new ClientConnection(connection, this.#services);
    this.#services.connections.add(client);
    if (this.#closing !== undefined) client.shutdown({ reason: CloseUri.SYSTEM_SHUTDOWN });
    return client;
  }

  /**
   * Opens a session inside this process: a client without transport, trusted, and not seen by the meta API.
   * @throws ConfigError when there is no such realm, or it is closed.
   */
  connect(realm: Uri, identity?: LocalIdentity): LocalSession {
    const joined = this.#realms.get(realm);
    if (joined === undefined || joined.closed) throw new ConfigError("realm", `there is no realm "${realm}"`);
    return joined.connect(identity);
  }

  /**
   * Ends everything: sessions get GOODBYE with `wamp.close.system_shutdown`, plugins clean up. Transports are closed by
   * who opened them; they flush what was sent. Called again, it waits for the same end.
   */
  close(
    departure: Departure = { reason: CloseUri.SYSTEM_SHUTDOWN, message: "the router is shutting down" },
  ): Promise<void> {
    return (this.#closing ??= this.#close(departure));
  }

  async #close(departure: Departure): Promise<void> {
    for (const realm of this.#realms.values()) realm.abort();
    for (const client of [...this.#services.connections]) client.shutdown({ ...departure, silent: true });
    for (const realm of this.#realms.values()) await realm.close(departure);
  }
}

/**
 * Makes a router and opens its realms.
 * @throws ConfigError when a setting is wrong; whatever a plugin's `setup` throws.
 */
export async function createRouter(options: RouterOptions): Promise<Router> {
  const router = new Router(options);
  try {
    for (const realm of options.realms) await router.addRealm(realm);
  } catch (error) {
    await router.close();
    throw error;
  }
  return router;
}
