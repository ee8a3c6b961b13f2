import { kreuzMetrics, type MetricsSnapshot, type UriGroups } from "@kreuz/metrics";
import type { ConsoleInfo } from "@kreuz/admin";
import type { Acceptor, Budget, Clock } from "@kreuz/codec";
import type { CounterMetrics, Logger, Router } from "@kreuz/router";
import type { AdminConfig } from "../config/config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { StartError } from "../run/errors.js";
import { allCodecs } from "../run/listen-options.js";
import type { TransportCounters } from "../run/limit-metrics.js";
import type { OpenTransport } from "../run/open-transports.js";
import type { Reloader } from "../run/reloader.js";
import { readTls } from "../run/tls-files.js";
import { version } from "../version.js";
import { AdminServer, type AdminServerParts, type AdminServices } from "./admin-server.js";
import { ConsoleEndpoint } from "./console-endpoint.js";
import { loadConsole } from "./load-console.js";
import type { Management } from "./management.js";
import { limitsOf, listenersOf } from "./measured.js";
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

/** What the admin listener needs before there is a router. */
interface AdminContext {
  readonly budget: Budget;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether a primary process passes operators on. */
  readonly behindPrimary: boolean;
}

/** Health, readiness, metrics and the management of one router, and the listener that serves them, if the config has one. */
export class Admin {
  readonly lifecycle: Lifecycle;
  readonly management: Management | undefined;
  readonly #services: AdminServices & { readonly lifecycle: Lifecycle };
  readonly #server: AdminServer | undefined;
  readonly #config: AdminConfig | undefined;
  #measured: Measured | undefined;
  #metrics: CollectedMetrics | undefined;

  private constructor(
    services: AdminServices & { readonly lifecycle: Lifecycle },
    config: AdminConfig | undefined,
    server: AdminServer | undefined,
    management: Management | undefined,
  ) {
    this.lifecycle = services.lifecycle;
    this.#services = services;
    this.#config = config;
    this.#server = server;
    this.management = management;
  }

  /**
   * Opens the listener first of all: whoever asks learns that the router is starting.
   * @throws StartError if it cannot listen; InvalidConfigError for TLS files that cannot be used.
   */
  static async open(loaded: LoadedConfig, management: Management | undefined, context: AdminContext): Promise<Admin> {
    const { admin } = loaded.config;
    const files = management === undefined || admin?.console !== true ? undefined : loadConsole(context.logger);
    const services: AdminServices & { readonly lifecycle: Lifecycle } = {
      lifecycle: new Lifecycle(),
      ...(files !== undefined && { console: new ConsoleEndpoint(files) }),
    };
    const server = admin && (await listen(admin, loaded, services, context));
    return new Admin(services, admin, server, management);
  }

  /** What the console is told, and with development defaults the token that lets the developer in, once. */
  get console(): { readonly info: ConsoleInfo; readonly token?: string } | undefined {
    if (this.management === undefined) return undefined;
    const { consoleInfo: info, tokens } = this.management;
    return { info, ...(tokens !== undefined && { token: tokens.first }) };
  }

  /** Where it is reached from this machine; `undefined` without a listener. */
  get url(): string | undefined {
    return this.#server?.url;
  }

  /** Where the console is, with the token of the development start; `undefined` without a console. */
  get consoleUrl(): string | undefined {
    if (this.url === undefined || this.management === undefined || this.#config?.console !== true) return undefined;
    const token = this.management.tokens?.first;
    return token === undefined ? `${this.url}/` : `${this.url}/#token=${token}`;
  }

  /**
   * All realms and transports are open: clients may come.
   *
   * @param operators - takes the clients of the management realm.
   */
  ready(measured: Omit<Measured, "lifecycle">, operators: Acceptor | undefined): void {
    const { lifecycle, management } = this;
    const services = this.#services;
    this.#measured = { ...measured, lifecycle };
    if (this.#config?.metrics === true) {
      const { registry, refresh } = this.#collected;
      services.metrics = new MetricsEndpoint(registry, refresh, this.#config.metricsToken);
    }
    if (operators !== undefined) services.operators = operators;
    if (management !== undefined) services.consoleInfo = () => management.consoleInfo;
    lifecycle.router = measured.router;
    lifecycle.state = "ready";
  }

  /** The metrics as they are now, for another process. */
  async metricsSnapshot(): Promise<MetricsSnapshot> {
    const { registry, refresh } = this.#collected;
    await refresh();
    return registry.getMetricsAsJSON();
  }

  /** Made when first needed: some of them cost something. */
  get #collected(): CollectedMetrics {
    return (this.#metrics ??= collectedMetrics(this.#measured!));
  }

  /** Reads the TLS files of another config. @returns a function that uses them for new connections. @throws InvalidConfigError */
  async prepareTls(loaded: LoadedConfig): Promise<() => void> {
    const { tls } = loaded.config.admin ?? {};
    if (this.#config?.tls === undefined || tls === undefined) return () => {};
    return this.#server?.prepareTls(await readTls(tls, ["admin", "tls"], loaded)) ?? (() => {});
  }

  async close(): Promise<void> {
    this.management?.stop();
    await this.#server?.close();
  }
}

/** With development defaults it takes any port if its own is taken. */
async function listen(
  config: AdminConfig,
  loaded: LoadedConfig,
  services: AdminServices,
  { budget, clock, logger, behindPrimary }: AdminContext,
): Promise<AdminServer> {
  const parts: AdminServerParts = {
    config,
    folder: loaded.folder,
    tls: config.tls && (await readTls(config.tls, ["admin", "tls"], loaded)),
    codecs: allCodecs(loaded.config),
    budget,
    clock,
    services,
    behindPrimary,
    onError: (error) => logger.error({ error }, "error of the admin listener"),
  };
  try {
    return await AdminServer.open(parts);
  } catch (error) {
    if (loaded.source.development !== true || !(error instanceof StartError)) throw error;
    return AdminServer.open({ ...parts, config: { ...config, port: 0 } });
  }
}

/** The metrics of a running router, and what brings them up to date. */
interface CollectedMetrics {
  readonly registry: ReturnType<typeof kreuzMetrics>;
  readonly refresh: () => Promise<void>;
}

function collectedMetrics(measured: Measured): CollectedMetrics {
  const { router, transports, reloader, lifecycle, groups, budget } = measured;
  const listeners = listenersOf(transports);
  const registry = kreuzMetrics({
    router,
    listeners,
    budget,
    limits: () => limitsOf(measured),
    version: version(),
    ready: () => lifecycle.readiness.ready,
    get reloads() {
      return reloader.counts;
    },
    groups,
  });
  const refresh = async (): Promise<void> => void (await Promise.all(listeners.map(({ stats }) => stats.refresh())));
  return { registry, refresh };
}
