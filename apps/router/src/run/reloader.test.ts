import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { queryObjects } from "node:v8";
import { TicketAccounts } from "@kreuz/auth";
import { ErrorUri, MessageType as M } from "@kreuz/codec";
import type { WireSession } from "@kreuz/testkit";
import { describe, expect, test } from "vitest";
import { reload } from "../cli/start-command.js";
import { developmentConfig } from "../config/find-config.js";
import { parseConfig } from "../config/load-config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { firstCertificate, secondCertificate } from "../testing/certificates.js";
import { connectClient, joinClient, startForTest, temporaryFolder } from "../testing/running-router.js";
import type { Endpoint } from "./open-transports.js";
import type { RunningRouter } from "./running-router.js";

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
log: { format: json, file: kreuz.log }
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
    "log.file",
    "realms[1]",
  ]);
  expect((await (await connectClient(running)).join("realm1")).details.authrole).toBe("other");
});

test("roles and authentication change as one: a role can be renamed, and old sessions lose what they had", async () => {
  const running = await startForTest(config({ permissions: SUBSCRIBE_ALL }));
  const old = await joinClient(running);
  await old.subscribe("com.news");
  const renamed = parseConfig(
    `realms: [{ name: realm1, auth: { anonymous: { role: user } }, roles: [{ name: user, permissions: [${SUBSCRIBE_NEWS}] }] }]
transports: [{ type: websocket, port: 0 }]`,
    "kreuz.yaml",
  );
  expect(await running.reload(renamed)).toEqual({ revoked: 1, needsRestart: [] });
  await (await joinClient(running)).subscribe("com.news");
});

test("accounts change, and failed logins are still counted after a reload that leaves them alone", async () => {
  const running = await startForTest(tickets("one"));
  expect(await logIn(running, "one")).toBe(M.WELCOME);
  expect(await logIn(running, "two")).toBe(M.ABORT);
  await running.reload(tickets("one"));
  expect(await logIn(running, "one")).toBe(M.ABORT);
  await running.reload(tickets("two"));
  expect(await logIn(running, "two")).toBe(M.WELCOME);
});

test("many reloads of the authentication leave nothing behind", async () => {
  const accounts = (authid: string): LoadedConfig =>
    parseConfig(
      `realms:
  - name: realm1
    auth: { cookie: {}, ticket: { users: { ${authid}: { role: user, ticket: secret } } } }
    roles: [{ name: user }]
cookies: {}
transports: [{ type: websocket, port: 0 }]`,
      "kreuz.yaml",
    );
  const running = await startForTest(accounts("user0"));
  // Counts what is in memory after a garbage collection.
  const stores = (): unknown => queryObjects(TicketAccounts, { format: "count" });
  const before = stores();
  for (let reload = 1; reload <= 20; reload++) await running.reload(accounts(`user${reload}`));
  expect(stores()).toBe(before);
  const session = await connectClient(running);
  await session.join("realm1", { authmethods: ["ticket"], authid: "user20" }, () => "secret");
});

/** One account, which is locked at its first failed login. */
function tickets(ticket: string): LoadedConfig {
  return parseConfig(
    `realms:
  - name: realm1
    auth: { ticket: { users: { joe: { role: user, ticket: ${ticket} } } }, attempts: { perAuthid: { failures: 1 } } }
    roles: [{ name: user }]
transports: [{ type: websocket, port: 0 }]`,
    "kreuz.yaml",
  );
}

async function logIn(running: RunningRouter, ticket: string): Promise<M> {
  const session = await connectClient(running);
  session.send({
    type: M.HELLO,
    realm: "realm1",
    details: { roles: { caller: {} }, authid: "joe", authmethods: ["ticket"] },
  });
  const step = await session.next();
  if (step.type !== M.CHALLENGE) return step.type;
  session.send({ type: M.AUTHENTICATE, signature: ticket, extra: {} });
  return (await session.next()).type;
}

test("the development defaults never replace a config", async () => {
  const running = await startForTest(config());
  await expect(running.reload(developmentConfig())).rejects.toThrow("never replace a config");
  await denied(await joinClient(running), "com.news");
});

describe("with a file that cannot be used, nothing changes", () => {
  function write(folder: string, files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  }

  /** Two TLS listeners with pairs of their own, and users in a file. */
  function secured(folder: string, permissions = ""): LoadedConfig {
    return parseConfig(
      `realms:
  - name: realm1
    auth: { anonymous: { role: guest }, ticket: { file: users.yaml } }
    roles: [{ name: guest, permissions: [${permissions}] }]
transports:
  - { type: websocket, port: 0 }
  - { type: rawsocket, port: 0, tls: { cert: one.pem, key: one.key } }
  - { type: rawsocket, port: 0, tls: { cert: two.pem, key: two.key } }`,
      join(folder, "kreuz.yaml"),
    );
  }

  const GOOD = {
    "one.pem": firstCertificate.cert,
    "one.key": firstCertificate.key,
    "two.pem": secondCertificate.cert,
    "two.key": secondCertificate.key,
    "users.yaml": "joe: { role: guest, ticket: secret }",
  };

  async function fingerprint({ port }: Endpoint): Promise<string> {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
    await once(socket, "secureConnect");
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  }

  test.each<[string, Readonly<Record<string, string>>, string]>([
    ["a key that belongs to another certificate", { "two.key": firstCertificate.key }, "transports[2].tls.key"],
    ["an empty key", { "two.key": "" }, "transports[2].tls.key"],
    ["a certificate that is none", { "two.pem": "hello" }, "transports[2].tls.cert"],
  ])("%s", async (_, bad, path) => {
    const folder = temporaryFolder();
    write(folder, GOOD);
    const running = await startForTest(secured(folder));
    const before = await fingerprint(running.endpoints[1]!);
    write(folder, { "one.pem": secondCertificate.cert, "one.key": secondCertificate.key, ...bad });
    await expect(running.reload(secured(folder, SUBSCRIBE_NEWS))).rejects.toThrow(path);
    expect(await fingerprint(running.endpoints[1]!)).toBe(before);
    await denied(await joinClient(running), "com.news");
  });

  test("other users in a file that is gone", async () => {
    const folder = temporaryFolder();
    write(folder, GOOD);
    const running = await startForTest(secured(folder));
    const text = secured(folder, SUBSCRIBE_NEWS);
    const realms = text.config.realms.map((realm) => ({
      ...realm,
      auth: { ...realm.auth, ticket: { file: "gone.yaml", timeoutMs: 1000 } },
    }));
    await expect(running.reload(text.with({ ...text.config, realms }))).rejects.toThrow("realms[0].auth");
    await denied(await joinClient(running), "com.news");
  });

  test("TLS files under other names are read without a restart", async () => {
    const folder = temporaryFolder();
    write(folder, GOOD);
    const running = await startForTest(secured(folder));
    const before = await fingerprint(running.endpoints[1]!);
    const loaded = secured(folder);
    const transports = loaded.config.transports.map((transport) =>
      "package" in transport || transport.tls === undefined
        ? transport
        : { ...transport, tls: { ...transport.tls, cert: "two.pem", key: "two.key" } },
    );
    expect((await running.reload(loaded.with({ ...loaded.config, transports }))).needsRestart).toEqual([]);
    expect(await fingerprint(running.endpoints[1]!)).not.toBe(before);
  });
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
    expect(lines).toEqual([
      ["error", { problem }, "config not reloaded, the old one stays: fix the problem and send SIGHUP again"],
    ]);
    await (await joinClient(running)).subscribe("com.news");
  });
});
