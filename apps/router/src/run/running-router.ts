import type { Clock } from "@kreuz/codec";
import type { CounterMetrics, Router } from "@kreuz/router";
import type { LoadedConfig } from "../config/loaded-config.js";
import type { TransportCounters } from "./limit-metrics.js";
import type { Endpoint, OpenTransport } from "./open-transports.js";
import type { Reloader, ReloadReport } from "./reloader.js";

/** Time limits of a stop, in milliseconds. */
export interface StopOptions {
  /** Time for clients to answer GOODBYE. Default 400. */
  readonly graceMs?: number;
  /** Time for the whole stop; what is not finished by then is abandoned. Default 1200. */
  readonly timeoutMs?: number;
}

/** The parts of a running router. */
export interface RunningRouterParts {
  readonly router: Router;
  readonly metrics: CounterMetrics;
  readonly transportMetrics: TransportCounters;
  readonly transports: readonly OpenTransport[];
  readonly reloader: Reloader;
  readonly clock: Clock;
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
  readonly #transports: readonly OpenTransport[];
  readonly #reloader: Reloader;
  readonly #clock: Clock;
  #stopped: Promise<void> | undefined;

  constructor({ router, metrics, transportMetrics, transports, reloader, clock }: RunningRouterParts) {
    this.router = router;
    this.metrics = metrics;
    this.transportMetrics = transportMetrics;
    this.#transports = transports;
    this.#reloader = reloader;
    this.#clock = clock;
  }

  /** Where clients connect, in the order of the config. */
  get endpoints(): readonly Endpoint[] {
    return this.#transports.map(({ endpoint }) => endpoint);
  }

  /**
   * Applies another config as far as possible without a restart: permissions, roles and authorizers of the realms,
   * limits, and the TLS files. Revokes subscriptions and registrations that are no longer allowed.
   *
   * @returns the number of revocations, and the settings that need a restart.
   * @throws Error if a TLS file cannot be read; then nothing has changed.
   */
  async reload({ config }: LoadedConfig): Promise<ReloadReport> {
    for (const transport of this.#transports) await transport.renewTls();
    return this.#reloader.reload(config);
  }

  /**
   * Sends GOODBYE `wamp.close.system_shutdown` to every session, waits for the answers, and flushes and closes the
   * transports. Never rejects, and never exceeds `timeoutMs`, whatever clients and plugins do.
   */
  stop({ graceMs = 400, timeoutMs = 1200 }: StopOptions = {}): Promise<void> {
    return (this.#stopped ??= this.#atMost(timeoutMs, this.#stop(graceMs)));
  }

  async #stop(graceMs: number): Promise<void> {
    const closed = this.router.close();
    await this.#disconnected(graceMs);
    await Promise.allSettled([closed, ...this.#transports.map(({ listener }) => listener.close())]);
  }

  /** Waits for clients: the router disconnects those that answer GOODBYE. */
  async #disconnected(graceMs: number): Promise<void> {
    for (let waited = 0; waited < graceMs && this.router.connections > 0; waited += POLL_MS) await this.#sleep(POLL_MS);
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
