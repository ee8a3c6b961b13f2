import { ErrorUri, MessageType as M } from "@kreuz/codec";
import type { WireSession } from "@kreuz/testkit";
import { describe, expect, test } from "vitest";
import { reload } from "../cli/start-command.js";
import { parseConfig } from "../config/load-config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { joinClient, startForTest } from "../testing/running-router.js";

interface Settings {
  readonly permissions?: string;
  readonly rest?: string;
}

/** A config of one realm with one role. */
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

async function denied(session: WireSession, topic: string): Promise<void> {
  session.send({ type: M.SUBSCRIBE, request: session.nextRequest(), options: {}, topic });
  expect((await session.expect(M.ERROR)).error).toBe(ErrorUri.NOT_AUTHORIZED);
}

test("removed permissions are gone, and so are the subscriptions that needed them", async () => {
  const running = await startForTest(config({ permissions: SUBSCRIBE_ALL }));
  const session = await joinClient(running);
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

test("added permissions apply at once", async () => {
  const running = await startForTest(config());
  const session = await joinClient(running);
  await denied(session, "com.news");
  await running.reload(config({ permissions: SUBSCRIBE_NEWS }));
  await session.subscribe("com.news");
});

test("limits apply to existing sessions", async () => {
  const running = await startForTest(config({ permissions: SUBSCRIBE_ALL }));
  const session = await joinClient(running);
  await session.subscribe("a.one");
  const settings = { permissions: SUBSCRIBE_ALL, rest: "limits: { subscriptionsPerSession: 1 }" };
  expect((await running.reload(config(settings))).needsRestart).toEqual([]);
  session.send({ type: M.SUBSCRIBE, request: session.nextRequest(), options: {}, topic: "a.two" });
  expect((await session.expect(M.ERROR)).error).toBe(ErrorUri.LIMIT_EXCEEDED);
});

test("names settings that need a restart, and applies the others", async () => {
  const running = await startForTest(config());
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
cookies: {}
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
    "cookies",
    "limits.maxNestingDepth",
    "log.format",
    "realms[0].auth",
    "realms[1]",
  ]);
  await (await joinClient(running)).subscribe("com.news");
});

test("a realm removed from the config stays until the restart", async () => {
  const running = await startForTest(config());
  const other = parseConfig(
    "realms: [{ name: realm2, auth: { anonymous: { role: guest } }, roles: [{ name: guest }] }]\ntransports: [{ type: websocket, port: 0 }]",
    "kreuz.yaml",
  );
  expect((await running.reload(other)).needsRestart).toEqual(["realms[0]", "realms (realm1 was removed)"]);
  await joinClient(running);
});

test("reloads run one after another, and the last one applies", async () => {
  const running = await startForTest(config());
  await Promise.all([running.reload(config({ permissions: SUBSCRIBE_ALL })), running.reload(config())]);
  await denied(await joinClient(running), "com.news");
});

describe("SIGHUP", () => {
  const lines: unknown[] = [];
  const logger = {
    level: "info",
    info: (...line: unknown[]) => lines.push(["info", ...line]),
    warn: (...line: unknown[]) => lines.push(["warn", ...line]),
    error: (...line: unknown[]) => lines.push(["error", ...line]),
  };
  const log = { logger, pretty: false, flush: () => {} } as unknown as Parameters<typeof reload>[2];

  test("applies a valid config", async () => {
    lines.length = 0;
    const running = await startForTest(config());
    await reload(async () => config({ rest: "uriRule: strict\nlog: { level: debug }" }), running, log);
    expect(logger.level).toBe("debug");
    expect(lines).toEqual([
      ["info", { config: "kreuz.yaml", revoked: 0 }, "config reloaded"],
      ["warn", { settings: ["uriRule"] }, "restart the router to apply these settings"],
    ]);
  });

  test("logs the problems of an invalid config and changes nothing", async () => {
    lines.length = 0;
    const running = await startForTest(config({ permissions: SUBSCRIBE_NEWS }));
    await reload(async () => config({ rest: "limits: { subscriptionsPerSession: none }" }), running, log);
    const problem = expect.stringContaining("kreuz.yaml:7:") as unknown;
    expect(lines).toEqual([["error", { problem }, "config not reloaded: fix the problem and send SIGHUP again"]]);
    await (await joinClient(running)).subscribe("com.news");
  });
});
