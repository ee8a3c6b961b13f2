// A busy router, made up: what the console shows of it is the same each time.
import type {
  HeldEntry,
  HistogramNumbers,
  LogEntry,
  NodeState,
  RealmNumbers,
  RegistrationRow,
  RouterState,
  SessionRow,
  Stats,
  SubscriptionRow,
} from "@kreuz/admin/contract";

/** Numbers from 0 up to 1, the same ones each time. */
export type Chance = () => number;

/** When the made-up router is looked at. */
export const NOW: number = Date.UTC(2026, 10, 25, 14, 30, 0);

const NAMES =
  "ada alan barbara claude dennis donald edsger frances grace hedy jean john katherine ken leslie linus mary niklaus radia rob sophie tim tony vint".split(
    " ",
  );
const SERVICES = ["billing", "inventory", "mailer", "pricing", "search", "shipping"];
const CODECS = ["json", "json", "msgpack", "cbor"];

/** A generator of numbers (mulberry32). */
export function chance(seed: number): Chance {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** @param nodes - the names of those that they are on; none without a cluster. */
export function makeSessions(count: number, next: Chance, nodes: readonly string[] = []): SessionRow[] {
  return Array.from({ length: count }, (_, index) => {
    const isService = next() < 0.15;
    const joined = NOW - Math.floor(next() ** 3 * 40 * 3_600_000) - 2000;
    const slow = next() < 0.01;
    const traffic = Math.floor(next() ** 4 * 400_000);
    return {
      session: 1_000_000_000_000 + Math.floor(next() * 8_000_000_000_000_000),
      ...(nodes.length > 0 && { node: nodes[index % nodes.length]! }),
      authid: isService ? `${pick(SERVICES, next)}-${(index % 9) + 1}` : `${pick(NAMES, next)}${index % 97}`,
      authrole: isService ? "backend" : next() < 0.1 ? "staff" : "customer",
      authmethod: isService ? "cryptosign" : "ticket",
      authprovider: "static",
      transport: next() < 0.85 ? "websocket" : "rawsocket",
      codec: pick(CODECS, next),
      peer: `10.${Math.floor(next() * 30)}.${Math.floor(next() * 256)}.${Math.floor(next() * 256)}:${40_000 + Math.floor(next() * 20_000)}`,
      tls: next() < 0.9,
      joined,
      active: NOW - Math.floor(next() ** 4 * Math.min(NOW - joined, 600_000)),
      messagesIn: traffic,
      messagesOut: Math.floor(traffic * (1 + next() * 4)),
      bytesIn: traffic * 120,
      bytesOut: traffic * 300,
      eventsDropped: slow ? Math.floor(next() * 3000) : 0,
      bufferedBytes: slow ? Math.floor(next() * 8_000_000) : Math.floor(next() ** 8 * 20_000),
      slow,
      pendingCalls: Math.floor(next() ** 6 * 12),
    };
  });
}

const TOPICS: readonly (readonly [uri: string, match: HeldEntry["match"], subscribers: number])[] = [
  ["com.shop.basket.changed", "exact", 312],
  ["com.shop.news", "exact", 18_402],
  ["com.shop.order.", "prefix", 14],
  ["com.shop..stock", "wildcard", 6],
  ["com.shop.price.changed", "exact", 17_951],
  ["com.shop.chat.room.42", "exact", 87],
  ["com.shop.courier.position", "exact", 940],
  ["wamp.session.on_join", "exact", 3],
];

export function makeTopics(): SubscriptionRow[] {
  return TOPICS.map(([uri, match, subscribers], index) => ({
    id: 4_000_001 + index * 977,
    uri,
    match,
    created: NOW - (index + 1) * 5_400_000,
    subscribers,
  }));
}

const PROCEDURES: readonly (readonly [uri: string, invoke: string, callees: number, pending: number])[] = [
  ["com.shop.basket.add", "roundrobin", 8, 3],
  ["com.shop.catalog.search", "random", 12, 41],
  ["com.shop.invoice.render", "single", 1, 1],
  ["com.shop.order.place", "roundrobin", 8, 12],
  ["com.shop.price.quote", "roundrobin", 16, 7],
  ["com.shop.stock.reserve", "first", 2, 0],
  ["wamp.session.count", "single", 1, 0],
  ["wamp.session.get", "single", 1, 0],
  ["wamp.session.list", "single", 1, 0],
];

export function makeProcedures(): RegistrationRow[] {
  return PROCEDURES.map(([uri, invoke, callees, pendingCalls], index) => ({
    id: 9_000_001 + index * 613,
    uri,
    match: "exact",
    created: NOW - (index + 1) * 4_100_000,
    invoke,
    callees,
    pendingCalls,
    builtIn: uri.startsWith("wamp."),
  }));
}

const DIFFERENT =
  'nodes "eu-1" and "eu-2" have different roles in realm "com.shop": what a client may do depends on its node; give both the same config';

function makeNode(name: string, index: number): NodeState {
  const started = NOW - (index + 1) * 86_400_000;
  return { name, version: "0.1.0", host: `router-${index + 1}`, pid: 4711 + index, started, ready: true, because: [] };
}

export function makeRouterState(sessions: number, nodes: readonly string[] = []): RouterState {
  const realm = (name: string, of: number, management = false) => ({
    name,
    management,
    sessions: of,
    subscriptions: management ? 2 : TOPICS.length,
    registrations: management ? 17 : PROCEDURES.length,
    callsPending: management ? 0 : 64,
    roles: management ? ["viewer", "operator"] : ["backend", "customer", "staff"],
  });
  return {
    version: "0.1.0",
    node: "24.11.0",
    host: "router-1",
    pid: 4711,
    started: NOW - 3 * 86_400_000 - 7_200_000,
    ready: true,
    because: [],
    ...(nodes.length > 0 && { nodes: nodes.map(makeNode), unreachable: ["away"], warnings: [DIFFERENT] }),
    listeners: [
      { name: "public", url: "wss://0.0.0.0:8443/ws", connections: sessions - 40 },
      { name: "backend", url: "rs://10.0.0.5:8081", connections: 40 },
    ],
    realms: [realm("com.shop", sessions), realm("com.shop.test", 12), realm("kreuz.admin", 2, true)],
    reloadable: true,
  };
}

export function makeLog(): LogEntry[] {
  const at = (minutes: number): number => NOW - minutes * 60_000;
  return [
    { at: at(190), level: "info", message: "config reloaded", fields: { operator: "grace", revoked: 0 } },
    {
      at: at(121),
      level: "warn",
      message: "a client reads too slowly: its events are dropped",
      fields: { realm: "com.shop", session: 5517001220331, authid: "ada17", buffered: 4194304 },
    },
    {
      at: at(64),
      level: "warn",
      message: "login refused: unknown authid or wrong ticket",
      fields: { realm: "com.shop", method: "ticket", peer: "10.3.77.12:51022" },
    },
    {
      at: at(31),
      level: "error",
      message: "the authorizer failed: permissions service did not answer within 2000 ms",
      fields: { realm: "com.shop", action: "call", uri: "com.shop.order.place" },
    },
    {
      at: at(2),
      level: "info",
      message: "sessions killed",
      fields: { operator: "grace", realm: "com.shop", count: 3 },
    },
  ];
}

const FAST = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The numbers of the router, second by second. */
export class ScriptedStats {
  readonly #next: Chance;
  readonly #sessions: number;
  readonly #nodes: readonly string[];
  #second = 0;
  #stats: Stats;

  /**
   * @param at - when they begin.
   * @param nodes - the names of the nodes whose numbers they are.
   */
  constructor(sessions: number, at: number, next: Chance, nodes: readonly string[] = []) {
    this.#next = next;
    this.#sessions = sessions;
    this.#nodes = nodes;
    const realms = { "com.shop": emptyRealm(sessions), "com.shop.test": emptyRealm(12) };
    this.#stats = this.#withNodes({ ...emptyStats(at), realms });
  }

  /** Each node has its share. */
  #withNodes(stats: Stats): Stats {
    const { length } = this.#nodes;
    if (length === 0) return stats;
    const { at, process } = stats;
    const share = { ...process, cpuSeconds: process.cpuSeconds / length, memoryBytes: process.memoryBytes / length };
    const sessions = Math.round(this.#sessions / length);
    return {
      ...stats,
      nodes: this.#nodes.map((node) => ({ node, at, process: share, sessions, connections: sessions })),
      unreachable: ["away"],
    };
  }

  get now(): Stats {
    return this.#stats;
  }

  /** One second later. */
  step(): Stats {
    const next = this.#next;
    const second = this.#second++;
    const wave = 1 + 0.35 * Math.sin(second / 70) + 0.12 * (next() - 0.5) + (second % 240 > 200 ? 0.5 : 0);
    const before = this.#stats.realms["com.shop"]!;
    const calls = Math.round(1800 * wave);
    const failed = Math.round(calls * 0.004 * next());
    const events = Math.round(5200 * wave * (0.9 + 0.2 * next()));
    const counts = before.callSeconds.counts.map((count, bucket) => {
      const share = Math.exp(-((bucket - 2.2 - wave * 0.4) ** 2) / 2) / 2.5;
      return count + Math.round(calls * share) + (bucket > 6 && bucket < 9 && next() < 0.3 ? 2 : 0);
    });
    const realm: RealmNumbers = {
      ...before,
      sessions: this.#sessions + Math.round(120 * Math.sin(second / 90) + 10 * next()),
      messagesIn: {
        CALL: before.messagesIn["CALL"]! + calls,
        PUBLISH: before.messagesIn["PUBLISH"]! + Math.round(events / 40),
      },
      messagesOut: { RESULT: before.messagesOut["RESULT"]! + calls, EVENT: before.messagesOut["EVENT"]! + events },
      calls: { ...before.calls, ok: before.calls["ok"]! + calls - failed, error: before.calls["error"]! + failed },
      callSeconds: { ...before.callSeconds, counts },
      callsPending: Math.round(64 * wave),
      publications: before.publications + Math.round(events / 40),
    };
    const process = this.#stats.process;
    this.#stats = this.#withNodes({
      ...this.#stats,
      at: this.#stats.at + 1000,
      process: {
        ...process,
        cpuSeconds: process.cpuSeconds + 0.31 * wave,
        eventLoopDelay: { p50: 0.0004, p99: 0.0021 * wave + 0.0008 * next(), max: 0.012 },
      },
      realms: { ...this.#stats.realms, "com.shop": realm },
    });
    return this.#stats;
  }
}

function emptyStats(at: number): Omit<Stats, "realms"> {
  const listener = (connections: number, bytes: number) => ({
    connections,
    opened: connections * 9,
    refused: {},
    closed: {},
    bytesIn: bytes,
    bytesOut: bytes * 6,
    outboxBytes: 18_200,
    slowConnections: 2,
  });
  return {
    at,
    process: {
      cpuSeconds: 40_211,
      memoryBytes: 412_000_000,
      heapBytes: 210_000_000,
      eventLoopDelay: { p50: 0.0004, p99: 0.002, max: 0.012 },
      clientBytes: 148_000_000,
      maxClientBytes: 1_073_741_824,
    },
    listeners: { public: listener(19_960, 81_400_000_000), backend: listener(40, 402_000_000_000) },
    limits: { maxPendingCalls: 3, maxMessageBytes: 41, maxSubscriptions: 0 },
  };
}

function emptyRealm(sessions: number): RealmNumbers {
  const histogram = (bounds: readonly number[]): HistogramNumbers => ({
    bounds,
    counts: Array.from({ length: bounds.length + 1 }, () => 0),
    sum: 0,
  });
  return {
    sessions,
    joined: { ticket: 182_400, cryptosign: 911 },
    left: { goodbye: 140_000, lost: 23_311 },
    authentications: { accepted: 183_311, denied: 212, failed: 0, timeout: 4, throttled: 9 },
    refused: { denied: 87, failed: 1, revoked: 0 },
    messagesIn: { CALL: 88_412_001, PUBLISH: 9_120_377 },
    messagesOut: { RESULT: 88_391_122, EVENT: 402_771_903 },
    calls: {
      ok: 88_210_412,
      error: 180_110,
      no_procedure: 402,
      denied: 87,
      timeout: 611,
      canceled: 379,
      caller_lost: 0,
    },
    callSeconds: histogram(FAST),
    callsPending: 64,
    callsQueued: 0,
    subscriptions: TOPICS.length,
    registrations: PROCEDURES.length,
    publications: 9_120_377,
    fanOut: histogram([0, 1, 2, 5, 10]),
    eventsDropped: { slow: 1204, too_long: 0, codec: 0 },
    retainedEvents: 41,
    retainedBytes: 88_100,
    protocolViolations: 2,
  };
}

function pick<T>(from: readonly T[], next: Chance): T {
  return from[Math.floor(next() * from.length)]!;
}
