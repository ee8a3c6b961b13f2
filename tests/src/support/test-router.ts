import type { Codec, Dict, HelloDetails, Uri } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import {
  allowAll,
  anonymous,
  type Authenticator,
  CounterMetrics,
  createRouter,
  type Logger,
  type RealmOptions,
  type Router,
  type RouterOptions,
} from "@kreuz/router";
import { FakeClock, WireSession } from "@kreuz/testkit";
import { connectMemory, type MemoryOptions } from "@kreuz/transport-memory";
import { onTestFinished } from "vitest";
import { SPREAD, type Spread } from "./spread.js";
import { REALM } from "./uris.js";

/** The settings of a router, but for its realms: one is enough for most tests. */
export interface TestRouterOptions extends Omit<RouterOptions, "realms" | "clock" | "metrics" | "logger"> {
  /** What differs from {@link testRealm} in the one realm, {@link REALM}. */
  readonly realm?: Partial<RealmOptions>;
  /** Several realms in place of the one. */
  readonly realms?: readonly RealmOptions[];
  /** Two routers serve the realms together, joined in this way. Default {@link SPREAD}; `none`: one router. */
  readonly spread?: Spread | "none";
}

/** How a client is connected. */
export interface ClientOptions extends Omit<MemoryOptions, "codec" | "clock"> {
  /** Default JSON. */
  readonly codec?: Codec | undefined;
}

/** How a client joins. With neither `authid` nor `authrole` it is anonymous. */
export interface JoinOptions extends ClientOptions {
  /** Default {@link REALM}. */
  readonly realm?: Uri;
  /** Default `joe`. */
  readonly authid?: string;
  /** Default `user`. */
  readonly authrole?: string;
  /** Default every role with every feature. */
  readonly roles?: HelloDetails["roles"];
}

/** One line that the router logged. */
export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

interface TestTools {
  /** Stands still until a test advances it. */
  readonly clock: FakeClock;
  readonly metrics: CounterMetrics;
  readonly log: readonly LogLine[];
  /** All routers: itself, and the one that serves its realms with it, if there is one. */
  readonly nodes: readonly Router[];
  /** The lines of the log that are errors. */
  errors(): readonly LogLine[];
  /** Connects a client, which has sent nothing yet. */
  connectClient(options?: ClientOptions): WireSession;
  /** Connects a client and waits until it has joined. */
  join(options?: JoinOptions): Promise<WireSession>;
}

/**
 * A real router, with what tests look at and clients for it. With KREUZ_SPREAD there is a second router that serves the same
 * realms with it: clients join the one and the other by turns.
 */
export type TestRouter = Router & TestTools;

/** Creates a router with a clock, metrics and a log of its own. By default it has one realm that allows everything. */
export async function createTestRouter(options: TestRouterOptions = {}): Promise<TestRouter> {
  const { realm = {}, realms = [testRealm(realm)], ...rest } = options;
  const { spread = SPREAD, ...settings } = rest;
  const clock = new FakeClock();
  const metrics = new CounterMetrics();
  const log: LogLine[] = [];
  const common = { ...settings, clock, metrics, logger: recordInto(log), realms };
  const { routers: nodes, client = () => new WireSession(), disconnect } = await open(common, spread);
  // Most tests leave their router open.
  if (disconnect !== undefined) onTestFinished(disconnect);
  const router = nodes[0]!;
  let clients = 0;
  const connectClient = (how: ClientOptions = {}): WireSession =>
    connect(nodes[clients++ % nodes.length]!, client(), clock, how);
  return Object.assign(router, {
    nodes,
    clock,
    metrics,
    log,
    errors: () => log.filter(({ level }) => level === "error"),
    connectClient,
    join: (how: JoinOptions = {}) => join(connectClient(how), how),
  });
}

/**
 * Creates a router with the clock of the options, or two that serve the realms together with KREUZ_SPREAD. Close the first one to close all.
 */
export async function openRouters(options: RouterOptions): Promise<readonly Router[]> {
  return (await open(options, SPREAD)).routers;
}

interface Opened {
  readonly routers: readonly Router[];
  readonly client?: () => WireSession;
  readonly disconnect?: () => Promise<void>;
}

/** A test that has a fabric of its own gets one router. */
async function open(options: RouterOptions, spread: Spread | "none" | undefined): Promise<Opened> {
  if (spread === undefined || spread === "none" || options.fabric !== undefined)
    return { routers: [await createRouter(options)] };
  const { openNodes } = await import("./clustered-nodes.js");
  return openNodes(options, spread);
}

/** A realm that allows everything and takes clients anonymously, or as whoever {@link JoinOptions} say they are. */
export function testRealm(differences: Partial<RealmOptions> = {}): RealmOptions {
  return { uri: REALM, authorizer: allowAll, authenticators: [trust, anonymous()], ...differences };
}

/** Accepts the authid and the role that a client claims. */
const trust: Authenticator = {
  method: "trust",
  begin: ({ authid = "joe", authextra }) => ({
    type: "accept",
    authid,
    authrole: String(authextra?.["role"] ?? "user"),
    authprovider: "test",
  }),
};

async function join(client: WireSession, options: JoinOptions): Promise<WireSession> {
  const { realm = REALM, authid = "joe", authrole = "user", roles } = options;
  const isNamed = options.authid !== undefined || options.authrole !== undefined;
  const identity: Dict = isNamed ? { authmethods: [trust.method], authid, authextra: { role: authrole } } : {};
  await client.join(realm, { ...identity, ...(roles && { roles }) });
  return client;
}

function connect(
  router: Router,
  client: WireSession,
  clock: FakeClock,
  { codec = json, ...memory }: ClientOptions,
): WireSession {
  connectMemory(router, client, { ...memory, codec, clock });
  return client;
}

function recordInto(log: LogLine[]): Logger {
  const at = (level: LogLine["level"]) => (fields: object, message: string) =>
    void log.push({ level, fields: fields as LogLine["fields"], message });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
