import { hostname } from "node:os";
import {
  ADMIN_WEBSOCKET_PATH,
  adminPlugin,
  type AdminSource,
  type ConsoleInfo,
  OperatorLog,
  type Reloaded,
} from "@kreuz/admin";
import type { Budget, Clock } from "@kreuz/codec";
import type { Authenticator, CounterMetrics, Logger, Router } from "@kreuz/router";
import type { LoadedConfig } from "../config/loaded-config.js";
import { managementRealmOf } from "../config/management-realm.js";
import type { TransportCounters } from "../run/limit-metrics.js";
import type { OpenManagement } from "../run/open-realms.js";
import type { OpenTransport } from "../run/open-transports.js";
import { version } from "../version.js";
import { DeveloperTokens } from "./developer-tokens.js";
import { limitsOf, listenersOf } from "./measured.js";
import { ProcessStatsReader } from "./process-stats.js";
import type { Lifecycle } from "./readiness.js";

/** What operators see and steer. */
export interface ManagedRouter {
  readonly router: Router;
  readonly metrics: CounterMetrics;
  readonly transportMetrics: TransportCounters;
  readonly lifecycle: Lifecycle;
  readonly budget: Budget;
  readonly clock: Clock;
  /** None before they are open. */
  transports(): readonly OpenTransport[];
  drain(): void;
  /** Reads the config again. Absent: there is none. */
  readonly reload: (() => Promise<Reloaded>) | undefined;
  /** What works in a cluster, and should be mended nevertheless. Absent: there is none. */
  readonly warnings?: () => readonly string[];
  /** Which one of several processes this is. */
  readonly worker?: { readonly name: string; readonly workers: number };
}

/** The management realm of a router. */
export class Management {
  readonly realm: string;
  /** With development defaults: lets the developer in. */
  readonly tokens: DeveloperTokens | undefined;
  readonly #log: OperatorLog;
  readonly #clock: Clock;
  /** Those in use; a reload changes the list. */
  #authenticators: readonly Authenticator[] = [];
  #processStats: ProcessStatsReader | undefined;

  private constructor(realm: string, development: boolean, clock: Clock) {
    this.realm = realm;
    this.#clock = clock;
    this.#log = new OperatorLog(clock);
    this.tokens = development ? new DeveloperTokens() : undefined;
  }

  /** `undefined` without a management realm in the config. */
  static of({ config, source }: LoadedConfig, clock: Clock): Management | undefined {
    const realm = managementRealmOf(config);
    return realm && new Management(realm.name, source.development === true, clock);
  }

  /** A logger whose warnings and errors operators see. */
  watching(logger: Logger): Logger {
    return this.#log.watching(logger);
  }

  /** Notes how operators log in. @param authenticators - the list that the router looks into. */
  opened(authenticators: readonly Authenticator[]): void {
    this.#authenticators = authenticators;
  }

  /** What the console is told before it logs in. */
  get consoleInfo(): ConsoleInfo {
    return {
      realm: this.realm,
      webSocket: ADMIN_WEBSOCKET_PATH,
      methods: this.#authenticators.map(({ method }) => method),
      development: this.tokens !== undefined,
    };
  }

  /** The plugin of the management realm, and how operators log in besides what the config says. */
  of(managed: ManagedRouter): OpenManagement {
    this.#processStats = new ProcessStatsReader(managed.budget, managed.clock);
    return {
      plugin: adminPlugin(sourceOf(managed, this.#log, this.#processStats)),
      authenticators: this.tokens === undefined ? [] : [this.tokens.authenticator(this.#clock)],
    };
  }

  stop(): void {
    this.#processStats?.stop();
  }
}

function sourceOf(managed: ManagedRouter, log: OperatorLog, processStats: ProcessStatsReader): AdminSource {
  const { router, lifecycle, clock, reload, warnings, worker } = managed;
  return {
    router,
    version: version(),
    process: {
      node: process.versions.node,
      // Operators see who answers.
      host: worker === undefined ? hostname() : `${hostname()} (${worker.name} of ${worker.workers})`,
      pid: process.pid,
      started: Math.round(clock.now()),
      stats: () => processStats.read(),
    },
    readiness: () => lifecycle.readiness,
    ...(warnings !== undefined && { warnings }),
    listeners: () => listenersOf(managed.transports()),
    limits: () => limitsOf(managed),
    log,
    drain: () => managed.drain(),
    ...(reload !== undefined && { reload }),
  };
}
