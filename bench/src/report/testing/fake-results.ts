import type { IdleResult, JoinResult, MessageResult, Results } from "../../results.js";

/** A server of fake results; speed 1 is that of the relay. */
export interface FakeServer {
  readonly name: string;
  readonly speed: number;
  /** Has no session results. */
  readonly sessionless?: boolean;
  /** Has results only for JSON over WebSocket. */
  readonly jsonOnly?: boolean;
}

/** Servers of a typical run. */
export const FAKE_SERVERS: readonly FakeServer[] = [
  { name: "relay", speed: 1, sessionless: true },
  { name: "kreuz", speed: 0.86 },
  { name: "nexus", speed: 0.41 },
  { name: "nexus (2 cores)", speed: 0.62 },
  { name: "crossbar", speed: 0.062 },
  { name: "wampd", speed: 0.33, jsonOnly: true },
];

const SCENARIOS = [
  { scenario: "RPC 1×1", unit: "call", rate: 24_000 },
  { scenario: "RPC 8×16", unit: "call", rate: 165_432 },
  { scenario: "RPC 64×1", unit: "call", rate: 120_000 },
  { scenario: "fan-out 1→100", unit: "event", rate: 612_345 },
] as const;

/** Creates results whose figures follow from the speed of each server. */
export function fakeResults(changes: Partial<Results> = {}, servers: readonly FakeServer[] = FAKE_SERVERS): Results {
  const withSessions = servers.filter(({ sessionless }) => sessionless !== true);
  return {
    date: "2025-03-14T15:09:26.535Z",
    machine: {
      cpu: "Example CPU 3000 @ 2.60GHz",
      cores: 2,
      memory: 8 * 1024 ** 3,
      system: "Linux 6.1.0",
      node: "v20.19.4",
      pinned: true,
    },
    rounds: 5,
    servers: servers.map(({ name }) => ({ name, version: `${name.charCodeAt(0) % 10}.2.3` })),
    skipped: [{ name: "bondy", reason: "no Erlang here" }],
    messages: servers.flatMap(fakeMessages),
    joins: withSessions.map(fakeJoins),
    idle: withSessions.map(fakeIdle),
    churn: withSessions.map(({ name, speed }) => ({
      server: name,
      joinsPerSecond: 50,
      eventsPerSecond: 5000,
      latency: {
        count: { p50: 0.3 / speed, p99: 0.9 / speed },
        list: { p50: 0.5 / speed, p99: 1.9 / speed },
        get: { p50: 0.35 / speed, p99: 1.1 / speed },
      },
      cpu: Math.min(1, 0.05 / speed),
    })),
    ...changes,
  };
}

function fakeMessages({ name, speed, jsonOnly }: FakeServer): MessageResult[] {
  const results: MessageResult[] = [];
  for (const { scenario, unit, rate } of SCENARIOS)
    for (const codec of ["json", "msgpack", "cbor"] as const)
      for (const transport of ["websocket", "rawsocket"] as const)
        for (const bytes of [64, 1024, 16_384]) {
          if (jsonOnly === true && (codec !== "json" || transport !== "websocket")) continue;
          const messagesPerSecond = (rate * speed) / (1 + bytes / 8192);
          const timed = unit === "call" && bytes === 64;
          results.push({
            server: name,
            scenario,
            unit,
            bytes,
            codec,
            transport,
            messagesPerSecond,
            microsecondsPerMessage: 1e6 / messagesPerSecond,
            ...(timed ? { latency: { p50: 0.31 / speed, p99: 0.87 / speed } } : {}),
            memory: 80 * 1024 ** 2,
          });
        }
  return results;
}

function fakeJoins({ name, speed }: FakeServer): JoinResult {
  return { server: name, joinsPerSecond: 6543 * speed, microsecondsPerJoin: 150 / speed };
}

function fakeIdle({ name, speed }: FakeServer): IdleResult {
  return { server: name, sessions: 2000, bytesPerSession: 12_345 / speed };
}
