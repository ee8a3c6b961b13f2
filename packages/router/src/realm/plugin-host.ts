import { type Dict, type Id, type Payload, type PublishOptions, type Uri, type WelcomeDetails } from "@kreuz/codec";
import type { Action } from "../auth/authorizer.js";
import type { Broker } from "../broker/broker.js";
import type { Dealer } from "../dealer/dealer.js";
import type { Authorization } from "../auth/authorization.js";
import { registrationDirectory, subscriptionDirectory } from "./directories.js";
import type { InProcessSession, LocalTerms } from "./local-session.js";
import { announce, CORE_FEATURES } from "./features.js";
import { checkPlugins, Cleanups, PluginProblems, setUp, type PluginProblem } from "../plugin/set-up.js";
import type { Guards } from "../plugin/guards.js";
import type { Bequest, Plugin, ProcedureHandler, RealmContext } from "../plugin/plugin.js";
import { Offers } from "../plugin/offers.js";
import type { RealmServices } from "../realm-services.js";
import type { SessionTable } from "../session/session-table.js";
import type { Reach } from "../session/session.js";
import type { SessionInfo } from "../session/session-info.js";
import { PluginMeter, type PluginMetric } from "../stats/meter.js";
import type { RealmEvents } from "../plugin/realm-events.js";

/** The realm that the plugins extend. */
export interface ExtensibleRealm {
  readonly uri: Uri;
  readonly services: RealmServices;
  readonly sessions: SessionTable;
  readonly broker: Broker;
  readonly dealer: Dealer;
  readonly authorization: Authorization;
  connect(identity: { readonly authid: string; readonly authrole: string }, terms: LocalTerms): InProcessSession;
  readonly guards: Guards;
  /** What authenticators noted about sessions. */
  readonly attributes: WeakMap<SessionInfo, Dict>;
  publishAs: RealmContext["publishAs"];
}

/** What belongs to a plugin, so that it can be undone. */
interface Installation {
  readonly abort: AbortController;
  readonly cleanups: Cleanups;
  readonly meter: PluginMeter;
}

/** There is no other node. */
const ALONE: Bequest = { set: () => undefined };

const NO_ATTRIBUTES: Dict = Object.freeze({});

/** The plugins of one realm: sets them up in order, and undoes what they did when the realm closes. */
export class PluginHost {
  readonly features: WelcomeDetails["roles"];
  readonly #realm: ExtensibleRealm;
  readonly #plugins: readonly Plugin[];
  readonly #abort = new AbortController();
  readonly #cleanups: Cleanups;
  readonly #problems = new PluginProblems();
  readonly #meters = new Set<PluginMeter>();
  /** Plugins that came while the realm was open, with the functions that remove them. */
  readonly #added = new Map<Installation, () => Promise<void>>();
  /** What they offer to be mounted. */
  readonly offers: Offers = new Offers();
  /** What plugins answer to those of other nodes. */
  readonly #answerers = new Map<string, (body: object) => unknown>();
  readonly #sessions: Partial<Record<Reach, InProcessSession>> = {};

  constructor(realm: ExtensibleRealm, plugins: readonly Plugin[]) {
    this.#realm = realm;
    this.#plugins = plugins;
    this.#cleanups = new Cleanups(realm.services.logger);
    checkPlugins(plugins);
    this.features = announce([CORE_FEATURES, ...plugins.map((plugin) => plugin.features ?? {})]);
  }

  /** What keeps plugins from doing their work. */
  get problems(): readonly PluginProblem[] {
    return this.#problems.all;
  }

  /** What the plugins measure. A plugin that replaces another one has metrics of the same names for a while: only its own count. */
  get metrics(): readonly PluginMetric[] {
    const byName = new Map<string, PluginMetric>();
    for (const meter of this.#meters) for (const metric of meter.metrics) byName.set(metric.name, metric);
    return [...byName.values()];
  }

  /** @throws PluginError when a plugin fails, or takes too long. */
  async setup(): Promise<void> {
    const own = { abort: this.#abort, cleanups: this.#cleanups };
    const contextOf = ({ name }: Plugin): RealmContext => this.#context(name, { ...own, meter: new PluginMeter(name) });
    await setUp<RealmContext, Plugin>(this.#plugins, contextOf, this.#realm.services.clock);
  }

  /**
   * Sets one more plugin up, while the realm is open.
   * @returns a function that undoes what it did. @throws PluginError when it fails; then nothing of it is left.
   */
  async add(plugin: Plugin): Promise<() => Promise<void>> {
    const { logger, clock } = this.#realm.services;
    const { name } = plugin;
    const added = { abort: new AbortController(), cleanups: new Cleanups(logger), meter: new PluginMeter(name) };
    const remove = async (): Promise<void> => {
      this.#added.delete(added);
      this.#meters.delete(added.meter);
      added.abort.abort();
      await added.cleanups.run({ realm: this.#realm.uri });
    };
    this.#added.set(added, remove);
    try {
      await setUp<RealmContext, Plugin>([plugin], () => this.#context(name, added), clock);
    } catch (error) {
      await remove();
      throw error;
    }
    return remove;
  }

  /** Answers a question of a plugin on another node. */
  answer(question: string, body: object): unknown {
    return this.#answerers.get(question)?.(body);
  }

  /** Tells the plugins that the realm is about to close. */
  abort(): void {
    this.#abort.abort();
    for (const { abort } of this.#added.keys()) abort.abort();
  }

  async close(): Promise<void> {
    this.abort();
    for (const remove of [...this.#added.values()].toReversed()) await remove();
    await this.#cleanups.run({ realm: this.#realm.uri });
  }

  /** The session that all plugins of the realm publish and register with; opened when first needed. */
  #routerSession(wanted: Reach = "node"): InProcessSession {
    // Alone, the node is all of the realm: one session does for both.
    const reach = this.#realm.services.fabric === undefined ? "node" : wanted;
    const identity = { authid: "router", authrole: "router" };
    return (this.#sessions[reach] ??= this.#realm.connect(identity, { rights: "everything", reach }));
  }

  /** @returns a function that takes it back, unless it was replaced. */
  #answer(question: string, answerer: (body: object) => unknown): () => void {
    this.#answerers.set(question, answerer);
    return () => {
      if (this.#answerers.get(question) === answerer) this.#answerers.delete(question);
    };
  }

  #context(plugin: string, { abort, cleanups, meter }: Installation): RealmContext {
    const realm = this.#realm;
    const { fabric } = realm.services;
    const undo = (revert: () => void): (() => void) => cleanups.undo(revert);
    this.#meters.add(meter);
    return {
      uri: realm.uri,
      signal: abort.signal,
      clock: realm.services.clock,
      logger: realm.services.logger,
      metrics: realm.services.metrics,
      meter,
      baseDirectory: realm.services.baseDirectory,
      clustered: fabric !== undefined,
      nodes: fabric && {
        own: fabric.node,
        names: () => fabric.nodes(),
        ask: (node, question, body) => fabric.ask(node, `${plugin}/${question}`, body),
        answer: (question, answerer) => void undo(this.#answer(`${plugin}/${question}`, answerer)),
      },
      sessions: fabric?.sessions ?? realm.sessions,
      subscriptions: fabric?.subscriptions ?? subscriptionDirectory(realm.broker),
      registrations: registrationDirectory(realm.dealer),
      procedure: (uri: Uri, handler: ProcedureHandler) => undo(this.#routerSession().procedure(uri, handler)),
      publish: (topic: Uri, payload: Payload, options?: PublishOptions, reach?: Reach) =>
        this.#routerSession(reach).publishNow(topic, payload, options),
      authorize: async (session: SessionInfo, action: Action) => realm.authorization.check(session, action),
      publishAs: (session: SessionInfo, topic: Uri, payload: Payload, options?: PublishOptions) =>
        realm.publishAs(session, topic, payload, options),
      account: (session: Id) => realm.sessions.account(session),
      health: (reason?: string) => this.#problems.report(plugin, reason),
      bequeath: (inherit) => fabric?.bequeath(plugin, inherit) ?? ALONE,
      offer: (name, handle) => undo(this.offers.add(plugin, name, handle)),
      guard: (kind, where, guard, options) => undo(realm.guards.add(kind, plugin, where, guard, options)),
      attributes: (session: SessionInfo) => realm.attributes.get(session) ?? NO_ATTRIBUTES,
      on: <K extends keyof RealmEvents>(event: K, listener: RealmEvents[K]) =>
        undo(realm.services.events.on(event, plugin, listener)),
      defer: (cleanup) => cleanups.defer(cleanup),
    };
  }
}
