import type { Budget, Clock } from "@kreuz/codec";
import type { CounterMetrics, Router } from "@kreuz/router";
import type { Admin } from "../admin/admin.js";
import type { Readiness } from "../admin/readiness.js";
import type { MetricsSnapshot } from "@kreuz/metrics";
import type { Config, DrainConfig, ShutdownConfig } from "../config/config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import type { SummingLogger } from "../log/sum-repeats.js";
import type { TransportCounters } from "./limit-metrics.js";
import type { Cookies } from "./open-cookies.js";
import type { Endpoint, OpenTransport } from "./open-transports.js";
import type { Reloader, ReloadReport } from "./reloader.js";

/** How a stop goes; what is absent is as the config says. */
export type StopOptions = Partial<ShutdownConfig>;

/** The parts of a running router. */
export interface RunningRouterParts {
  readonly router: Router;
  readonly metrics: CounterMetrics;
  readonly transportMetrics: TransportCounters;
  readonly budget: Budget;
  readonly transports: readonly OpenTransport[];
  readonly reloader: Reloader;
  readonly cookies: Pick<Cookies, "close"> | undefined;
  readonly clock: Clock;
  readonly logger: SummingLogger;
  readonly admin: Admin;
}

const POLL_MS = 10;

/** A router and its transports, started from a config. */
export class RunningRouter {
  /** For sessions inside this process and for additional realms. */
  readonly router: Router;
  /** Counters of the router. */
  readonly metrics: CounterMetrics;
  /** How often each limit of the transports was reached. */
  readonly transportMetrics: TransportCounters;
  /** What all clients together make the process hold. */
  readonly budget: Budget;
  readonly #transports: readonly OpenTransport[];
  readonly #reloader: Reloader;
  readonly #cookies: Pick<Cookies, "close"> | undefined;
  readonly #clock: Clock;
  readonly #logger: SummingLogger;
  readonly #admin: Admin;
  #drained: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(parts: RunningRouterParts) {
    const { router, metrics, transportMetrics, budget, transports, reloader, cookies, clock, logger } = parts;
    this.router = router;
    this.metrics = metrics;
    this.transportMetrics = transportMetrics;
    this.budget = budget;
    this.#transports = transports;
    this.#reloader = reloader;
    this.#cookies = cookies;
    this.#clock = clock;
    this.#logger = logger;
    this.#admin = parts.admin;
  }

  /** Whether clients can be sent here, and if not, why: what `/readyz` says. */
  get readiness(): Readiness {
    return this.#admin.lifecycle.readiness;
  }

  /** Where health and metrics are served; `undefined` without the setting `admin`. */
  get adminUrl(): string | undefined {
    return this.#admin.url;
  }

  /**
   * Where the web console is; with development defaults it has the token that lets the developer in, once. `undefined` without a
   * console.
   */
  get consoleUrl(): string | undefined {
    return this.#admin.consoleUrl;
  }

  /** What the console is told, and the token that lets the developer in; `undefined` without a management realm. */
  get console(): Admin["console"] {
    return this.#admin.console;
  }

  /** The metrics as they are now, for another process. */
  metricsSnapshot(): Promise<MetricsSnapshot> {
    return this.#admin.metricsSnapshot();
  }

  /** The config that was applied last. */
  get config(): Config {
    return this.#reloader.current;
  }

  /** Notes a config that could not be read, for the metrics. */
  refuseReload(): void {
    this.#reloader.refuse();
  }

  /**
   * Sends all clients away so that they go elsewhere, and waits for {@link stop}: not ready any more, ports closed after
   * `shutdown.readyDelayMs`, pending calls get `graceMs` to be answered, connections are closed over `spreadMs`; see the setting `drain`. A second
   * call waits for the same end.
   */
  drain(options: Partial<DrainConfig> = {}): Promise<void> {
    return (this.#drained ??= this.#drain({ ...this.#reloader.current.drain, ...options }));
  }

  async #drain({ graceMs, spreadMs }: DrainConfig): Promise<void> {
    const { farewell, readyDelayMs } = this.#reloader.current.shutdown;
    this.#admin.lifecycle.state = "draining";
    this.#logger.info({}, "draining: no new clients, those that are here are sent away");
    if (readyDelayMs > 0) await this.#sleep(readyDelayMs);
    this.#stopAccepting();
    await this.router.close({ farewell, graceMs, spreadMs });
    if (this.#admin.lifecycle.state === "draining") this.#admin.lifecycle.state = "drained";
    this.#logger.info({}, "drained: stop the process when you like");
  }

  /** Where clients connect, in the order of the config. */
  get endpoints(): readonly Endpoint[] {
    return this.#transports.map(({ endpoint }) => endpoint);
  }

  /**
   * Applies another config as far as possible without a restart: authentication, roles, permissions, authorizers, limits,
   * HTTP routes, TLS files, and how the router stops. All of it applies at once. Revokes subscriptions and registrations that are no
   * longer allowed.
   *
   * @returns the number of revocations, and the settings that need a restart.
   * @throws Error if a file cannot be used, or for the development defaults; then nothing has changed.
   */
  reload(loaded: LoadedConfig): Promise<ReloadReport> {
    return this.#reloader.reload(loaded.withManagementRealm());
  }

  /**
   * Does all of a reload that may fail, for several processes that reload together.
   *
   * @returns a function that applies it. Without it, nothing has changed; then call {@link refuseReload}.
   * @throws Error as {@link reload}.
   */
  prepareReload(loaded: LoadedConfig): Promise<() => Promise<ReloadReport>> {
    return this.#reloader.prepare(loaded.withManagementRealm());
  }

  /**
   * Says not ready, waits `readyDelayMs` for load balancers, stops accepting, gives pending calls time to be answered,
   * closes all connections, flushes and closes the transports, and lets plugins clean up; see the setting `shutdown`. Never rejects, and never exceeds `timeoutMs`, whatever clients and plugins do.
   */
  stop(options: StopOptions = {}): Promise<void> {
    return (this.#stopped ??= this.#stopInTime({ ...this.#reloader.current.shutdown, ...options }));
  }

  #stopInTime(shutdown: ShutdownConfig): Promise<void> {
    const { readyDelayMs, timeoutMs } = shutdown;
    const stop = (): Promise<void> => this.#atMost(timeoutMs, this.#stop(shutdown));
    this.#admin.lifecycle.state = "stopping";
    return readyDelayMs === 0 ? stop() : this.#sleep(readyDelayMs).then(stop);
  }

  async #stop({ farewell, graceMs, spreadMs }: ShutdownConfig): Promise<void> {
    this.#stopAccepting();
    const closed = this.router.close({ farewell, graceMs, spreadMs });
    await this.#disconnected(graceMs + spreadMs);
    await Promise.allSettled([closed, ...this.#transports.map(({ listener }) => listener.close())]);
    await Promise.allSettled([this.#cookies?.close(), this.#admin.close()]);
    this.#logger.sumUp();
  }

  /** New clients find the port closed and go elsewhere. Without this they would be answered with ABORT, which many take as final. */
  #stopAccepting(): void {
    for (const { listener } of this.#transports) listener.stopAccepting?.();
  }

  /** Waits until the router has closed all connections, for a limited time: plugins may keep it from doing so. */
  async #disconnected(ms: number): Promise<void> {
    for (let waited = 0; waited < ms && this.router.connections > 0; waited += POLL_MS) await this.#sleep(POLL_MS);
  }

  /** Resolves when `done` does, or after `ms` milliseconds. */
  #atMost(ms: number, done: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.schedule(ms, resolve);
      void done.finally(() => {
        cancel();
        resolve();
      });
    });
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.schedule(ms, resolve));
  }
}
