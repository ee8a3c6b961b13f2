import { expect } from "vitest";
import { until } from "../../support/wait.js";
import { RouterProcess, type LogLine } from "../../support/router-process.js";

/** What everybody may do: a low role, as strangers get it. */
const PERMISSIONS = `
          - { uri: com.bystander., match: prefix, allow: { call: true, register: true, subscribe: true, publish: true } }
          - { uri: com.attack., match: prefix, allow: { call: true, register: true, subscribe: true, publish: true } }
          - { uri: wamp.session.count, allow: { call: true } }`;

/** Tight, so that an attack runs into them in no time. */
const CONFIG = `
realms:
  - name: realm1
    auth: { anonymous: { role: guest } }
    roles:
      - name: guest
        permissions:${PERMISSIONS}
    plugins: [{ package: "@kreuz/session-meta" }, { package: "@kreuz/testament" }]
transports:
  - type: websocket
    port: 0
    compression: true
    maxMessageBytes: 1048576
    maxConnections: 200
    maxPendingHandshakes: 20
    handshakeTimeoutMs: 1000
    closeTimeoutMs: 500
    keepAlive: { intervalMs: 400, timeoutMs: 400 }
    outbox: { lowWaterBytes: 65536, highWaterBytes: 262144, limitBytes: 1048576 }
limits:
  handshakeTimeoutMs: 1000
  goodbyeTimeoutMs: 500
  subscriptionsPerSession: 1000
  registrationsPerSession: 100
  pendingCallsPerSession: 100
  messagesPerSecond: 5000
  joinsPerMinute: 60
log: { level: info, format: json }
`;

export function startAttacked(): Promise<RouterProcess> {
  return RouterProcess.start({ files: { "kreuz.yaml": CONFIG } });
}

/** Waits for a line of the log that says all of this. */
export async function logged(router: RouterProcess, wanted: Partial<LogLine>, from = 0): Promise<void> {
  const matches = (line: LogLine): boolean =>
    Object.entries(wanted).every(([key, value]) =>
      key === "msg" ? line.msg.includes(String(value)) : line[key] === value,
    );
  await until(`the log to say ${JSON.stringify(wanted)}`, () => router.log.slice(from).some(matches));
}

/** Nothing has failed, and the router did not end, or only because it was told to. */
export async function expectSound(router: RouterProcess): Promise<void> {
  expect(router.faults).toEqual([]);
  if (!router.running) expect(await router.exited).toBe(0);
}
