import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { WireSession } from "@kreuz/testkit";
import { connectWebSocket } from "@kreuz/transport-node";
import { afterEach, describe, expect, test } from "vitest";
import { parseConfig } from "../config/load-config.js";
import { reload } from "../cli/reload-command.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import type { RunningRouter } from "./running-router.js";
import { startRouter } from "./start-router.js";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

interface Settings {
  readonly permissions?: string;
  readonly rest?: string;
}

/** One realm with a role, whose permissions are written on one line. */
function config({ permissions = "", rest = "" }: Settings = {}): LoadedConfig {
  const text = `
realms:
  - name: realm1
    auth: { anonymous: { role: guest } }
    roles: [{ name: guest, permissions: [${permissions}] }]
transports: [{ type: websocket, port: 0 }]
${rest}`;
  return parseConfig(text, "kreuz.yaml");
}

const SUBSCRIBE_ALL = '{ uri: "", match: prefix, allow: { subscribe: true } }';
const SUBSCRIBE_NEWS = "{ uri: com.news, allow: { subscribe: true } }";

async function started(loaded: LoadedConfig): Promise<RunningRouter> {
  const running = await startRouter(loaded);
  cleanups.push(() => running.stop());
  return running;
}

async function joined(running: RunningRouter): Promise<WireSession> {
  const session = new WireSession({ turns: 20_000 });
  await connectWebSocket(running.endpoints[0]?.url ?? "", session, { codecs: [json] });
  cleanups.push(() => session.disconnect());
  await session.join("realm1");
  return session;
}

async function denied(session: WireSession, topic: string): Promise<void> {
  session.send({ type: M.SUBSCRIBE, request: session.nextRequest(), options: {}, topic });
  expect((await session.expect(M.ERROR)).error).toBe(ErrorUri.NOT_AUTHORIZED);
}

test("permissions that are taken away are gone, with the subscriptions that lived by them", async () => {
  const running = await started(config({ permissions: SUBSCRIBE_ALL }));
  const session = await joined(running);
  const secret = await session.subscribe("com.secret");
  await session.subscribe("com.news");
  expect(await running.reload(config({ permissions: SUBSCRIBE_NEWS }))).toEqual({ revoked: 1, needsRestart: [] });
  expect((await session.expect(M.UNSUBSCRIBED)).details).toEqual({
    subscription: secret,
    reason: "no longer authorized",
  });
  await denied(session, "com.secret");
  await session.subscribe("com.news");
});

test("permissions that are given hold at once", async () => {
  const running = await started(config());
  const session = await joined(running);
  await denied(session, "com.news");
  await running.reload(config({ permissions: SUBSCRIBE_NEWS }));
  await session.subscribe("com.news");
});

test("limits hold for sessions that are there", async () => {
  const running = await started(config({ permissions: SUBSCRIBE_ALL }));
  const session = await joined(running);
  await session.subscribe("a.one");
  const settings = { permissions: SUBSCRIBE_ALL, rest: "limits: { subscriptionsPerSession: 1 }" };
  expect((await running.reload(config(settings))).needsRestart).toEqual([]);
  session.send({ type: M.SUBSCRIBE, request: session.nextRequest(), options: {}, topic: "a.two" });
  expect((await session.expect(M.ERROR)).error).toBe(ErrorUri.LIMIT_EXCEEDED);
});

test("what cannot change is named, and the rest changes all the same", async () => {
  const running = await started(config());
  const changed = parseConfig(
    `
realms:
  - name: realm1
    auth: { anonymous: { role: other } }
    roles: [{ name: other }, { name: guest, permissions: [${SUBSCRIBE_NEWS}] }]
  - name: realm2
    auth: { anonymous: { role: guest } }
    roles: [{ name: guest }]
uriRule: strict
slowConsumer: disconnect
limits: { maxNestingDepth: 10 }
log: { format: json }
`,
    "kreuz.yaml",
  );
  const { needsRestart } = await running.reload(changed);
  expect(needsRestart).toEqual([
    "transports",
    "uriRule",
    "slowConsumer",
    "limits.maxNestingDepth",
    "log.format",
    "realms[0].auth",
    "realms[1]",
  ]);
  await (await joined(running)).subscribe("com.news");
});

test("a realm that is gone from the config stays until the restart", async () => {
  const running = await started(config());
  const other = parseConfig(
    "realms: [{ name: realm2, auth: { anonymous: { role: guest } }, roles: [{ name: guest }] }]\ntransports: [{ type: websocket, port: 0 }]",
    "kreuz.yaml",
  );
  expect((await running.reload(other)).needsRestart).toEqual(["realms[0]", "realms (realm1 is gone)"]);
  await joined(running);
});

test("reloads wait for one another: the last one counts", async () => {
  const running = await started(config());
  await Promise.all([running.reload(config({ permissions: SUBSCRIBE_ALL })), running.reload(config())]);
  await denied(await joined(running), "com.news");
});

describe("what SIGHUP does", () => {
  const lines: unknown[] = [];
  const logger = {
    level: "info",
    info: (...line: unknown[]) => lines.push(["info", ...line]),
    warn: (...line: unknown[]) => lines.push(["warn", ...line]),
    error: (...line: unknown[]) => lines.push(["error", ...line]),
  };
  const log = { logger, pretty: false, flush: () => {} } as unknown as Parameters<typeof reload>[2];

  test("with a good config", async () => {
    lines.length = 0;
    const running = await started(config());
    await reload(async () => config({ rest: "uriRule: strict\nlog: { level: debug }" }), running, log);
    expect(logger.level).toBe("debug");
    expect(lines).toEqual([
      ["info", { config: "kreuz.yaml", revoked: 0 }, "config reloaded"],
      ["warn", { settings: ["uriRule"] }, "these settings have changed, and count from the next start on"],
    ]);
  });

  test("with a bad one: it says so, and everything stays as it was", async () => {
    lines.length = 0;
    const running = await started(config({ permissions: SUBSCRIBE_NEWS }));
    await reload(async () => config({ rest: "limits: { subscriptionsPerSession: none }" }), running, log);
    const problem = expect.stringContaining("kreuz.yaml:7:") as unknown;
    expect(lines).toEqual([["error", { problem }, "the config is wrong: the router goes on with the old one"]]);
    await (await joined(running)).subscribe("com.news");
  });
});
