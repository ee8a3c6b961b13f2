import type { Clock, Uri } from "@kreuz/codec";
import type { Logger } from "../logger.js";
import { EventHub } from "./event-hub.js";
import type { LocalIdentity, LocalSession } from "./local-session.js";
import type { Plugin } from "./plugin.js";
import type { RealmEvents } from "./realm-events.js";
import { ROUTER_EVENT_NAMES, type RouterContext, type RouterEvents, type RouterPlugin } from "./router-plugin.js";
import { Offers } from "./offers.js";
import { checkPlugins, Cleanups, PluginProblems, setUp, type PluginProblem } from "./set-up.js";
import { PluginMeter, type PluginMetric } from "../stats/meter.js";

/** The router that the plugins extend. */
export interface ExtensibleRouter {
  realms(): readonly Uri[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly baseDirectory: string | undefined;
  connect(realm: Uri, identity: LocalIdentity): LocalSession;
}

/** The plugins of a router: sets them up in order, and undoes what they did when the router closes. */
export class RouterPluginHost {
  readonly events: EventHub<RouterEvents>;
  readonly #router: ExtensibleRouter;
  readonly #plugins: readonly RouterPlugin[];
  readonly #abort = new AbortController();
  readonly #cleanups: Cleanups;
  readonly #problems = new PluginProblems();
  readonly #meters: PluginMeter[] = [];
  /** What they offer to be mounted. */
  readonly offers: Offers = new Offers();
  /** What makes the plugins of realms, in the order in which it was added. */
  readonly #makers = new Set<(realm: Uri) => Plugin | undefined>();

  /** @throws ConfigError when the plugins do not fit together. */
  constructor(router: ExtensibleRouter, plugins: readonly RouterPlugin[]) {
    checkPlugins(plugins);
    this.#router = router;
    this.#plugins = plugins;
    this.#cleanups = new Cleanups(router.logger);
    this.events = new EventHub<RouterEvents>(ROUTER_EVENT_NAMES, router.logger);
  }

  /** @throws PluginError when a plugin fails, or takes too long. */
  async setup(): Promise<void> {
    await setUp<RouterContext, RouterPlugin>(this.#plugins, ({ name }) => this.#context(name), this.#router.clock);
  }

  /** What keeps plugins from doing their work. */
  get problems(): readonly PluginProblem[] {
    return this.#problems.all;
  }

  /** What the plugins measure. */
  get metrics(): readonly PluginMetric[] {
    return this.#meters.flatMap((meter) => [...meter.metrics]);
  }

  /** The plugins for a realm that opens. */
  pluginsOf(realm: Uri): readonly Plugin[] {
    return [...this.#makers].flatMap((make) => make(realm) ?? []);
  }

  /** Tells the plugins that a realm is open, and from now on what happens in it. */
  opened(realm: Uri, events: EventHub<RealmEvents>): void {
    if (this.#plugins.length === 0) return;
    events.on("joinRefused", "router", (refusal) => this.events.emit("joinRefused", refusal));
    this.events.emit("realmOpened", realm);
  }

  /** Tells the plugins that the router begins to close. */
  abort(): void {
    this.#abort.abort();
    this.events.emit("draining");
  }

  /** Undoes what the plugins did. */
  async close(): Promise<void> {
    await this.#cleanups.run();
  }

  #context(plugin: string): RouterContext {
    const [router, cleanups, meter] = [this.#router, this.#cleanups, new PluginMeter(plugin)];
    this.#meters.push(meter);
    return {
      get realms() {
        return router.realms();
      },
      signal: this.#abort.signal,
      clock: router.clock,
      logger: router.logger,
      meter,
      baseDirectory: router.baseDirectory,
      eachRealm: (make) => {
        this.#makers.add(make);
        return cleanups.undo(() => void this.#makers.delete(make));
      },
      on: (event, listener) => cleanups.undo(this.events.on(event, plugin, listener)),
      health: (reason) => this.#problems.report(plugin, reason),
      offer: (name, handle) => cleanups.undo(this.offers.add(plugin, name, handle)),
      connect: (realm, identity) => router.connect(realm, identity),
      defer: (cleanup) => cleanups.defer(cleanup),
    };
  }
}
