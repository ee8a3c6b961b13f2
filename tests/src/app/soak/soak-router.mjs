// The app in a process that can be asked what it holds. Started with --expose-gc, so that garbage does not count.
import { configFrom, startRouter } from "kreuz";

const EVERYTHING = { call: true, register: true, subscribe: true, publish: true };

const problems = [];
const note = (fields, message) => void problems.push(`${message}: ${fields.error?.stack ?? JSON.stringify(fields)}`);
const logger = { debug() {}, info() {}, warn() {}, error: note };
process.on("unhandledRejection", (error) => note({ error }, "unhandled rejection"));

const running = await startRouter(
  configFrom({
    realms: [
      {
        name: "realm1",
        auth: { anonymous: { role: "guest" } },
        roles: [{ name: "guest", permissions: [{ uri: "", match: "prefix", allow: EVERYTHING }] }],
        plugins: [{ package: "@kreuz/session-meta" }, { package: "@kreuz/testament" }],
      },
    ],
    transports: [
      {
        type: "websocket",
        port: 0,
        keepAlive: { intervalMs: 500, timeoutMs: 500 },
        outbox: { lowWaterBytes: 65536, highWaterBytes: 262144, limitBytes: 2097152 },
      },
    ],
    admin: { port: 0 },
    limits: { messagesPerSecond: 2000, retainedTopicsPerRealm: 50 },
  }),
  { logger },
);

/** The gauges of /metrics that must be zero when every client is gone. */
function gauges() {
  const { sessions, callsPending, callsQueued, subscriptions, registrations } = running.router.stats("realm1");
  return {
    sessions,
    callsPending,
    callsQueued,
    subscriptions: subscriptions.total,
    registrations: registrations.total,
  };
}

/** What is reported of the traffic. */
function numbers() {
  const stats = running.router.stats("realm1");
  return {
    sessionsJoined: stats.joined.total,
    sessionsLeft: stats.left.total,
    protocolViolations: stats.protocolViolations,
    eventsDropped: stats.eventsDropped.total,
    calls: stats.calls.total,
    outboxLimit: running.metrics.get("limit_outbox_bytes"),
    rateLimit: running.metrics.get("limit_messages_per_second"),
  };
}

process.on("message", async (message) => {
  if (message === "stop") {
    await running.stop();
    process.disconnect();
    return;
  }
  globalThis.gc();
  process.send({
    connections: running.router.connections,
    counts: running.router.counts("realm1"),
    heap: process.memoryUsage().heapUsed,
    metrics: numbers(),
    gauges: gauges(),
    keepAliveTimeouts: running.transportMetrics.get("keep-alive-timeout"),
    problems,
  });
});
process.send({ url: running.endpoints[0].url, adminUrl: running.adminUrl });
