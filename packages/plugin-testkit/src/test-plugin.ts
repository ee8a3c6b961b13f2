import type { Acceptor, Uri } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import {
  allowAll,
  createRouter,
  routePlugin,
  type Authenticator,
  type LocalSession,
  type Plugin,
  type RealmCounts,
  type RealmOptions,
  type Route,
  type Router,
  type RouterOptions,
  type RouterPlugin,
} from "@kreuz/router";
import { check, FakeClock, settle, WireSession } from "@kreuz/testkit";
import { connectMemory } from "@kreuz/transport-memory";
import { readMetric } from "./read-metric.js";
import { type LogLine, recordInto } from "./record-log.js";
import { freezingPayloads, freezingRouterPlugin } from "./freeze.js";

/** The realm of the tests. */
const REALM: Uri = "com.example.realm";

/** What a test may set. */
export interface PluginTestOptions {
  /** What differs in the realm: authorizer, roles, further plugins before the tested ones. Default: everything is allowed. */
  readonly realm?: Partial<Omit<RealmOptions, "uri">>;
  /** Plugins of the router, to be tested alone or with those of the realm. */
  readonly routerPlugins?: readonly RouterPlugin[];
  /** Routes, by the paths where a config would mount them; see {@link PluginTest.fetch}. */
  readonly routes?: Readonly<Record<string, Route>>;
  /** The folder that relative paths in options refer to. */
  readonly baseDirectory?: string;
}

/** Who a client is. */
export interface Login {
  /** Default `joe`. */
  readonly authid?: string;
  /** Default `user`. */
  readonly authrole?: string;
}

/** A router with the plugins that are tested. */
export interface PluginTest {
  readonly router: Router;
  /** Stands still until the test advances it. */
  readonly clock: FakeClock;
  readonly log: readonly LogLine[];
  /** Opens a session that is authorized and guarded like a client. */
  client(login?: Login): Promise<LocalSession>;
  /** Connects a client over an in-memory transport, for what only a transport has: logins, lost connections, single messages. */
  wire(login?: Login): Promise<WireSession>;
  /**
   * Sends an HTTP request without a network: to a route (`/hook?a=b`), or to what a plugin offers (`audit-log/recent`).
   * What the route throws, it rejects with.
   */
  fetch(target: string, init?: RequestInit): Promise<Response>;
  /**
   * What a metric of the tested plugins says: the value of a counter or gauge, the number of observations of a histogram.
   *
   * @param name - as the plugin gave it to its meter; in full, `kreuz_plugin_<plugin>_<name>`, where several have it.
   * @param labels - the series that have these values; absent, all of them, added up.
   * @throws ContractError when there is no such metric or series.
   */
  metric(name: string, labels?: Readonly<Record<string, string>>): number;
  /**
   * Gives the tested plugin other options while it runs, as a config that is read again does. Of several plugins, it is the first
   * that has `update`.
   *
   * @param options - what `create` would get: checked, and with their defaults.
   * @throws ContractError when the plugin has no `update`; rejects with what `update` throws.
   */
  reload(options: object): Promise<void>;
  /** Closes clients and router. @throws ContractError when something stays behind. */
  close(): Promise<void>;
}

/** Creates a router with one or several plugins. */
export async function testPlugin(
  plugins: Plugin | readonly Plugin[],
  options: PluginTestOptions = {},
): Promise<PluginTest> {
  const { routerPlugins = [], routes = {} } = options;
  const clock = new FakeClock();
  const log: LogLine[] = [];
  const tested = Array.isArray(plugins) ? (plugins as readonly Plugin[]) : [plugins as Plugin];
  const router = await createRouter(routerOptions(tested, options, { clock, logger: recordInto(log) }));
  const atFirst = router.counts(REALM);
  const locals: LocalSession[] = [];
  const wires: WireSession[] = [];
  return {
    router,
    clock,
    log,
    async client({ authid = "joe", authrole = "user" } = {}) {
      const session = router.connect(REALM, { authid, authrole }, { authorized: true });
      locals.push(session);
      return session;
    },
    async wire({ authid = "joe", authrole = "user" } = {}) {
      const session = new WireSession();
      wires.push(session);
      connectMemory(router satisfies Acceptor, session, { codec: json, clock });
      await session.join(REALM, { authmethods: [vouching.method], authid, authextra: { role: authrole } });
      return session;
    },
    async fetch(target, init) {
      return ask(router, target, Object.keys(routes), init);
    },
    metric(name, labels = {}) {
      return readMetric([...router.pluginMetrics(), ...router.pluginMetrics(REALM)], name, labels);
    },
    reload(options) {
      return update([...tested, ...routerPlugins], options);
    },
    async close() {
      for (const session of locals) await session.close();
      for (const session of wires) session.disconnect();
      await settle();
      const left = leftBehind(atFirst, router.counts(REALM));
      await router.close();
      await settle();
      checkTidy(left, clock);
    },
  };
}

/** The options of a router in which guards see frozen payloads. */
function routerOptions(
  tested: readonly Plugin[],
  { realm = {}, routerPlugins = [], routes = {}, baseDirectory }: PluginTestOptions,
  services: Pick<RouterOptions, "clock" | "logger">,
): RouterOptions {
  const routed = Object.entries(routes).map(([path, route]) => routePlugin(path, route));
  const plugins = [...(realm.plugins ?? []), ...[...tested, ...routed].map(freezingPayloads)];
  return {
    ...services,
    plugins: routerPlugins.map(freezingRouterPlugin),
    ...(baseDirectory === undefined ? {} : { baseDirectory }),
    realms: [{ authorizer: allowAll, authenticators: [vouching], ...realm, uri: REALM, plugins }],
  };
}

/** Asks the route whose path fits, or what a plugin of the realm or of the router offers. */
async function ask(
  router: Router,
  target: string,
  paths: readonly string[],
  init: RequestInit | undefined,
): Promise<Response> {
  const { pathname, href } = new URL(target, "http://router.example.com/");
  const fitting = paths.filter((base) => `${pathname}/`.startsWith(base.endsWith("/") ? base : `${base}/`));
  const [route] = fitting.toSorted((one, other) => other.length - one.length);
  const isPath = target.startsWith("/");
  check(!isPath || route !== undefined, `no route is at ${pathname}; give testPlugin the option routes`);
  const offer = isPath ? `${route}/route` : pathname.slice(1);
  const handle = router.offered(offer, router.offers(REALM).includes(offer) ? REALM : undefined);
  return handle(new Request(href, init), { peer: "192.0.2.1:50000", tls: false });
}

/** Gives the first plugin that takes them other options. */
async function update(plugins: readonly (Plugin | RouterPlugin)[], options: object): Promise<void> {
  const plugin = plugins.find((one) => one.update !== undefined);
  check(plugin !== undefined, "no tested plugin has update(options): other options would wait for the next start");
  await plugin.update?.(options as never);
}

/** Takes whoever a client says it is. */
const vouching: Authenticator = {
  method: "vouched",
  begin: ({ authid = "joe", authextra }) => ({
    type: "accept",
    authid,
    authrole: String(authextra?.["role"] ?? "user"),
    authprovider: "test",
  }),
};

/** What there must be no more of when all clients have left than after setup. */
const RETURNING = {
  sessions: "sessions",
  subscriptions: "subscriptions",
  registrations: "registrations",
  pendingCalls: "pending calls",
  waitingCalls: "waiting calls",
} as const satisfies Partial<Record<keyof RealmCounts, string>>;

/** @throws ContractError when something stays. @param left - what there is more of than after setup. */
function checkTidy(left: string, clock: FakeClock): void {
  check(left === "", `after its clients left, the realm has ${left} more than after setup; undo them in sessionLeft`);
  check(clock.pending === 0, `the plugin left ${clock.pending} timers behind; cancel them in realm.defer`);
}

function leftBehind(before: RealmCounts | undefined, now: RealmCounts | undefined): string {
  if (before === undefined || now === undefined) return "";
  return (Object.keys(RETURNING) as (keyof typeof RETURNING)[])
    .map((what) => [now[what] - before[what], RETURNING[what]] as const)
    .filter(([more]) => more > 0)
    .map(([more, what]) => `${more} ${what}`)
    .join(", ");
}
