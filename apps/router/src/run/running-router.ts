import type { Budget, Clock } from "@kreuz/codec";
import type { CounterMetrics, Router } from "@kreuz/router";
import type { ShutdownConfig } from "../config/config.js";
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
  }

  /** Where clients connect, in the order of the config. */
  get endpoints(): readonly Endpoint[] {
    return this.#transports.map(({ endpoint }) => endpoint);
  }

  /**
   * Applies another config as far as possible without a restart: authentication, roles, permissions, authorizers, limits,
   * TLS files, and how the router stops. All of it applies at once. Revokes subscriptions and registrations that are no
   * longer allowed.
   *
   * @returns the number of revocations, and the settings that need a restart.
   * @throws Error if a file cannot be used, or for the development defaults; then nothing has changed.
   */
  reload(loaded: LoadedConfig): Promise<ReloadReport> {
    return this.#reloader.reload(loaded);
  }

  /**
   * Gives pending calls time to be answered, closes all connections, flushes and closes the transports, and lets plugins
   * clean up; see the setting `shutdown`. Never rejects, and never exceeds `timeoutMs`, whatever clients and plugins do.
   */
  stop(options: StopOptions = {}): Promise<void> {
    const shutdown = { ...this.#reloader.current.shutdown, ...options };
    return (this.#stopped ??= this.#atMost(shutdown.timeoutMs, this.#stop(shutdown)));
  }

  async #stop({ farewell, graceMs, spreadMs }: ShutdownConfig): Promise<void> {
    const closed = this.router.close({ farewell, graceMs, spreadMs });
    await this.#disconnected(graceMs + spreadMs);
    await Promise.allSettled([closed, ...this.#transports.map(({ listener }) => listener.close())]);
    await Promise.allSettled([this.#cookies?.close()]);
    this.#logger.sumUp();
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
