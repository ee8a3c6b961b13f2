import { expect } from "vitest";
import { RouterProcess, type LogLine } from "../../support/router-process.js";
import { until } from "../../support/wait.js";

const EVERYTHING = "{ call: true, register: true, subscribe: true, publish: true }";

/**
 * Reports what the router has used: CPU time in milliseconds, the largest resident memory in MiB, and open file descriptors,
 * or 0 where the system cannot tell.
 */
const USAGE_PLUGIN = `
import { readdirSync } from "node:fs";
export function usage() {
  return {
    name: "usage",
    setup({ procedure }) {
      procedure("com.other.usage", () => {
        const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
        let descriptors = 0;
        try { descriptors = readdirSync("/proc/self/fd").length; } catch {}
        return { cpuMs: (userCPUTime + systemCPUTime) / 1000, maxMemory: maxRSS / 1024, descriptors };
      });
    },
  };
}
`;

const PATIENT_TRANSPORT = `
  - type: websocket
    port: 0
    keepAlive: { intervalMs: 60000, timeoutMs: 60000 }
`;

export interface AttackedRouterOptions {
  /**
   * Sets time limits of two seconds or less, for attacks that must reach them. A second transport without them is for the
   * other client, which may be slow on a busy machine.
   */
  readonly impatient?: boolean;
}

/** Starts the app with low limits and a role with few permissions, as a public router has them. */
export function startRouterUnderAttack({ impatient = false }: AttackedRouterOptions = {}): Promise<RouterProcess> {
  const [handshake, close] = impatient ? [2000, 500] : [60_000, 60_000];
  const keepAlive = impatient ? "{ intervalMs: 200, timeoutMs: 2000 }" : "{ intervalMs: 60000, timeoutMs: 60000 }";
  const config = `
realms:
  - name: realm1
    auth: { anonymous: { role: guest } }
    roles:
      - name: guest
        permissions:
          - { uri: com.other., match: prefix, allow: ${EVERYTHING} }
          - { uri: com.attack., match: prefix, allow: ${EVERYTHING} }
          - { uri: wamp.session.count, allow: { call: true } }
    plugins:
      - package: "@kreuz/session-meta"
      - package: "@kreuz/testament"
      - package: ./usage.mjs
transports:
  - type: websocket
    port: 0
    compression: true
    maxMessageBytes: 1048576
    maxConnections: 200
    maxPendingHandshakes: 40
    handshakeTimeoutMs: ${handshake}
    closeTimeoutMs: ${close}
    keepAlive: ${keepAlive}
    outbox: { lowWaterBytes: 65536, highWaterBytes: 262144, limitBytes: 1048576 }
${impatient ? PATIENT_TRANSPORT : ""}
limits:
  handshakeTimeoutMs: ${handshake}
  goodbyeTimeoutMs: ${close}
  subscriptionsPerSession: 1000
  registrationsPerSession: 100
  pendingCallsPerSession: 100
  messagesPerSecond: 1000
  joinsPerMinute: 60
log: { level: info, format: json }
`;
  return RouterProcess.start({ files: { "kreuz.yaml": config, "usage.mjs": USAGE_PLUGIN } });
}

/**
 * Starts the app with its default limits. Guests of the first realm have the usual permissions; those of `attacked` may also
 * retain events, and call all meta procedures there.
 *
 * @param limits - other limits after all, as in the config.
 * @param transport - as in the config.
 */
export function startRouterWithDefaults(
  limits = "",
  transport = "{ type: websocket, port: 0 }",
): Promise<RouterProcess> {
  const realm = (name: string, more: string): string => `
  - name: ${name}
    auth: { anonymous: { role: guest } }
    roles:
      - name: guest
        permissions:
          - { uri: com.other., match: prefix, allow: ${EVERYTHING} }
          - { uri: com.attack., match: prefix, allow: ${EVERYTHING} }
          ${more}
    plugins:
      - package: "@kreuz/session-meta"
      - package: "@kreuz/registry-meta"
      - package: "@kreuz/testament"
      - package: ./usage.mjs`;
  const config = `
realms:${realm("realm1", "")}${realm("attacked", "- { uri: wamp., match: prefix, allow: { call: true } }")}
transports: [${transport}]
limits: { ${limits} }
log: { level: info, format: json }
`;
  return RouterProcess.start({ files: { "kreuz.yaml": config, "usage.mjs": USAGE_PLUGIN } });
}

/**
 * Starts the app with three transports: everything on one port, WebSockets behind a proxy, and one for the other client. It
 * has cookies, the user joe, and the history of `com.attack.`. Limits of time and of connections are low.
 */
export function startRouterOfTransports(): Promise<RouterProcess> {
  const config = `
realms:
  - name: realm1
    auth:
      anonymous: { role: guest }
      ticket: { users: { joe: { role: guest, ticket: a secret of joe } } }
      cookie: {}
    roles:
      - name: guest
        permissions:
          - { uri: com.other., match: prefix, allow: ${EVERYTHING} }
          - { uri: com.attack., match: prefix, allow: ${EVERYTHING} }
          - { uri: wamp.subscription.get_events, allow: { call: true } }
    plugins:
      - package: ./usage.mjs
      - package: "@kreuz/event-history"
        options: { topics: [{ uri: com.attack.h, match: prefix }] }
transports:
  - type: universal
    port: 0
    compression: true
    longPoll: {}
    maxConnections: 100
    handshakeTimeoutMs: 2000
    closeTimeoutMs: 2000
  - { type: websocket, port: 0, proxyProtocol: true, trustedProxies: [127.0.0.1], handshakeTimeoutMs: 2000 }
${PATIENT_TRANSPORT}
cookies: {}
log: { level: info, format: json }
`;
  return RouterProcess.start({ files: { "kreuz.yaml": config, "usage.mjs": USAGE_PLUGIN } });
}

/**
 * Starts the app with every way to log in. Users may also do what guests may not see.
 *
 * @param users - the file of the accounts with tickets.
 * @param scram - the accounts of SCRAM, as JSON.
 */
export function startRouterOfLogins(users: string, scram: string): Promise<RouterProcess> {
  const config = `
realms:
  - name: realm1
    auth:
      anonymous: { role: guest }
      ticket: { file: users.json }
      wampcra: { users: { ann: { role: guest, secret: another secret of ann } } }
      cryptosign: { users: { ann: { role: guest, keys: [${"a".repeat(64)}] } } }
      scram: { users: ${scram} }
      cookie: {}
    roles:
      - name: guest
        permissions:
          - { uri: com.other., match: prefix, allow: ${EVERYTHING} }
          - { uri: com.attack., match: prefix, allow: ${EVERYTHING} }
          - { uri: wamp.subscription., match: prefix, allow: { call: true } }
      - name: user
        permissions:
          - { uri: com.other., match: prefix, allow: ${EVERYTHING} }
          - { uri: com.secret., match: prefix, allow: ${EVERYTHING} }
    plugins:
      - package: ./usage.mjs
      - package: "@kreuz/registry-meta"
        options: { visibility: reachable }
      - package: "@kreuz/event-history"
        options: { topics: [{ uri: com.secret., match: prefix }, { uri: com.attack., match: prefix }] }
transports:
  - { type: websocket, port: 0 }
cookies: {}
log: { level: info, format: json }
`;
  return RouterProcess.start({ files: { "kreuz.yaml": config, "users.json": users, "usage.mjs": USAGE_PLUGIN } });
}

/** Waits for a line of the log with these fields; `msg` need only contain the text. */
export async function logged(router: RouterProcess, wanted: Partial<LogLine>): Promise<void> {
  const matches = (line: LogLine): boolean =>
    Object.entries(wanted).every(([key, value]) =>
      key === "msg" ? line.msg.includes(String(value)) : line[key] === value,
    );
  await until(`the log to contain ${JSON.stringify(wanted)}`, () => router.log.some(matches));
}

/** Expects that the router logged no error, and still runs or exited with 0. */
export async function expectSound(router: RouterProcess): Promise<void> {
  expect(router.errors).toEqual([]);
  if (!router.running) expect(await router.exited).toBe(0);
}
