import { kreuzMetrics, type UriGroups } from "@kreuz/metrics";
import type { Budget } from "@kreuz/codec";
import type { CounterMetrics, Router } from "@kreuz/router";
import type { AdminConfig } from "../config/config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { StartError } from "../run/errors.js";
import type { TransportCounters } from "../run/limit-metrics.js";
import type { OpenTransport } from "../run/open-transports.js";
import type { Reloader } from "../run/reloader.js";
import { version } from "../version.js";
import { AdminServer, type AdminServices } from "./admin-server.js";
import { MetricsEndpoint } from "./metrics-endpoint.js";
import { Lifecycle } from "./readiness.js";

/** What the metrics are read from. */
interface Measured {
  readonly router: Router;
  readonly metrics: CounterMetrics;
  readonly transportMetrics: TransportCounters;
  readonly budget: Budget;
  readonly transports: readonly OpenTransport[];
  readonly reloader: Reloader;
  readonly groups: UriGroups | undefined;
  readonly lifecycle: Lifecycle;
}

/** Health, readiness and metrics of one router, and the listener that serves them, if the config has one. */
export class Admin {
  readonly lifecycle: Lifecycle;
  readonly #services: AdminServices;
  readonly #server: AdminServer | undefined;
  readonly #config: AdminConfig | undefined;

  private constructor(services: AdminServices, config: AdminConfig | undefined, server: AdminServer | undefined) {
    this.lifecycle = services.lifecycle;
    this.#services = services;
    this.#config = config;
    this.#server = server;
  }

  /** Opens the listener first of all: whoever asks learns that the router is starting. @throws StartError */
  static async open(loaded: LoadedConfig): Promise<Admin> {
    const { admin } = loaded.config;
    const services: AdminServices = { lifecycle: new Lifecycle() };
    return new Admin(services, admin, admin && (await listen(admin, loaded, services)));
  }

  /** Where it is reached from this machine; `undefined` without a listener. */
  get url(): string | undefined {
    return this.#server?.url;
  }

  /** All realms and transports are open: clients may come. */
  ready(measured: Omit<Measured, "lifecycle">): void {
    const { lifecycle } = this;
    if (this.#config?.metrics === true)
      this.#services.metrics = metricsEndpoint({ ...measured, lifecycle }, this.#config.metricsToken);
    lifecycle.router = measured.router;
    lifecycle.state = "ready";
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }
}

/** With development defaults it takes any port if its own is taken. */
async function listen(
  config: AdminConfig,
  { folder, source }: LoadedConfig,
  services: AdminServices,
): Promise<AdminServer> {
  try {
    return await AdminServer.open(config, folder, services);
  } catch (error) {
    if (source.development !== true || !(error instanceof StartError)) throw error;
    return AdminServer.open({ ...config, port: 0 }, folder, services);
  }
}

/** The metrics of a running router. */
function metricsEndpoint(measured: Measured, token: string | undefined): MetricsEndpoint {
  const { router, metrics, transportMetrics, transports, reloader, lifecycle, groups, budget } = measured;
  const listeners = transports.flatMap(({ endpoint, stats }) =>
    stats === undefined ? [] : [{ name: nameOf(endpoint.url), stats }],
  );
  const registry = kreuzMetrics({
    router,
    listeners,
    budget,
    *limits() {
      for (const [limit, times] of metrics) yield [limit.replace(/^limit_/, ""), times] as const;
      for (const [limit, times] of transportMetrics) yield [`transport_${limit.replaceAll("-", "_")}`, times] as const;
    },
    version: version(),
    ready: () => lifecycle.readiness.ready,
    get reloads() {
      return reloader.counts;
    },
    groups,
  });
  const refresh = async (): Promise<void> => void (await Promise.all(listeners.map(({ stats }) => stats.refresh())));
  return new MetricsEndpoint(registry, refresh, token);
}

/** The host and port of a listener, or the path of its Unix socket. */
function nameOf(url: string): string {
  const { host, pathname } = new URL(url);
  return host === "" ? pathname : host;
}
