import { setTimeout as delay } from "node:timers/promises";
import type { CounterMetrics, Router } from "@kreuz/router";
import type { Endpoint, OpenTransport } from "./open-transports.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import type { Reloader, ReloadReport } from "./reloader.js";
import type { TransportCounters } from "./transport-counters.js";

/** How long a stop may take, in milliseconds. */
export interface StopOptions {
  /** Time for clients to answer GOODBYE. Default 400. */
  readonly graceMs?: number;
  /** Time for everything together; what is not done then is left behind. Default 1200. */
  readonly timeoutMs?: number;
}

/** What a running router is made of. */
export interface RunningParts {
  readonly router: Router;
  readonly metrics: CounterMetrics;
  readonly transportMetrics: TransportCounters;
  readonly transports: readonly OpenTransport[];
  readonly reloader: Reloader;
}

const POLL_MS = 10;

/** A router with its transports, from a config. */
export class RunningRouter {
  /** For sessions within this process, and for more realms. */
  readonly router: Router;
  /** What the router counted. */
  readonly metrics: CounterMetrics;
  /** How often the transports hit each of their limits. */
  readonly transportMetrics: TransportCounters;
  readonly #transports: readonly OpenTransport[];
  readonly #reloader: Reloader;
  #stopped: Promise<void> | undefined;

  constructor({ router, metrics, transportMetrics, transports, reloader }: RunningParts) {
    this.router = router;
    this.metrics = metrics;
    this.transportMetrics = transportMetrics;
    this.#transports = transports;
    this.#reloader = reloader;
  }

  /** Where clients connect, in the order of the config. */
  get endpoints(): readonly Endpoint[] {
    return this.#transports.map(({ endpoint }) => endpoint);
  }

  /**
   * Goes by another config from now on, as far as that can be done without a restart: permissions, roles and
   * authorizers of the realms, limits, and the files of certificates. Subscriptions and registrations that are no longer allowed are revoked.
   *
   * @returns what was revoked, and the settings that wait for a restart.
   */
  async reload(config: LoadedConfig): Promise<ReloadReport> {
    // First, since this is what may fail: then nothing has changed.
    for (const transport of this.#transports) await transport.renewTls();
    return this.#reloader.reload(config);
  }

  /**
   * Sends GOODBYE `wamp.close.system_shutdown` to every session, gives clients the time to answer, flushes and closes
   * the transports. Never rejects, and never takes longer than asked, whatever clients and plugins do.
   */
  stop({ graceMs = 400, timeoutMs = 1200 }: StopOptions = {}): Promise<void> {
    return (this.#stopped ??= within(timeoutMs, this.#stop(graceMs)));
  }

  async #stop(graceMs: number): Promise<void> {
    const closed = this.router.close();
    await this.#answered(graceMs);
    await Promise.allSettled([closed, ...this.#transports.map(({ listener }) => listener.close())]);
  }

  /** Every client that answers GOODBYE is disconnected by the router. */
  async #answered(graceMs: number): Promise<void> {
    for (let waited = 0; waited < graceMs && this.router.connections > 0; waited += POLL_MS) await delay(POLL_MS);
  }
}

function within(ms: number, done: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    void done.finally(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
