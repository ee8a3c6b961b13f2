import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { runCli } from "../cli/run-cli.js";
import { override, developmentConfig } from "../config/find-config.js";
import { configFrom } from "../config/load-config.js";
import type { RunningRouter } from "../run/running-router.js";
import { joinClient, startForTest } from "../testing/running-router.js";
import { topScreen, type Snapshot } from "./top-screen.js";

const users = { vic: { role: "viewer", ticket: "mellon" } };
const REALM = { name: "realm1", auth: { anonymous: { role: "guest" } }, roles: [{ name: "guest" }] };
const CONFIG = { realms: [REALM], transports: [{ type: "websocket", port: 0, name: "clients" }] };

const start = (): Promise<RunningRouter> =>
  startForTest(configFrom({ ...CONFIG, admin: { port: 0, auth: { ticket: { users } } } }));

let interrupt = new AbortController();
afterEach(() => {
  interrupt.abort();
  interrupt = new AbortController();
});

/** Runs a command as the viewer. `output` grows while it runs. */
function run(running: RunningRouter, args: readonly string[], { isTTY = false, login = true } = {}) {
  const output = { text: "", errors: "", code: -1 };
  const stdout = { isTTY, columns: 80, rows: 24, write: (part: string) => (output.text += part) };
  const stderr = { write: (part: string) => (output.errors += part) };
  const url = `${running.adminUrl?.replace("http", "ws")}/ws`;
  const flags = login ? ["--url", url, "--authid", "vic"] : [];
  const env = { KREUZ_TICKET: "mellon", HOME: "/nonexistent" };
  const done = runCli([...args, ...flags], { cwd: ".", env, stdout, stderr, interrupted: interrupt.signal }).then(
    (code) => {
      output.code = code;
      return output;
    },
  );
  onTestFinished(() => void done);
  return { output, done };
}

const until = async (what: () => boolean): Promise<void> => {
  for (let turns = 0; turns < 2000 && !what(); turns++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(what()).toBe(true);
};

describe("kreuz realms and stats", () => {
  it("for people and for programs", async () => {
    const running = await start();
    await joinClient(running);
    const table = await run(running, ["realms"], { isTTY: true }).done;
    expect(table.code).toBe(0);
    expect(table.text.split("\n").slice(0, 2)).toEqual([
      "realm        sessions  subscriptions  registrations  pending calls",
      "realm1       1         0              0              0",
    ]);
    const lines = (await run(running, ["realms", "--json"]).done).text.trim().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { name: string }).name)).toEqual(["realm1", "kreuz.admin"]);
    const numbers = await run(running, ["stats", "realm1", "--json"]).done;
    expect(JSON.parse(numbers.text)).toMatchObject({ realms: { realm1: { sessions: 1 } } });
    const shown = await run(running, ["stats", "realm1"], { isTTY: true }).done;
    expect(shown.text).toMatch(/^realms realm1 sessions +1$/m);
    const wrong = await run(running, ["stats", "nowhere"]).done;
    expect([wrong.code, wrong.errors]).toEqual([4, expect.stringContaining("wamp.error.no_such_realm")]);
  });
});

describe("kreuz top", () => {
  it("one snapshot where there is no terminal", async () => {
    const running = await start();
    const client = await joinClient(running);
    const text = await run(running, ["top", "--interval", "50ms"]).done;
    expect(text.code).toBe(0);
    expect(text.text).toContain("realm1: 1 sessions, by in");
    expect(text.text).toContain(String(client.id));
    expect(text.text).not.toContain("\u001b");
    const json = JSON.parse((await run(running, ["top", "--interval", "50ms", "--json"]).done).text) as Snapshot;
    expect(json).toMatchObject({ realm: "realm1", sessions: { total: 1 } });
  });

  it("on a terminal again and again, and leaves it as it was", async () => {
    const running = await start();
    const { output, done } = run(running, ["top", "--interval", "20ms", "--sort", "out"], { isTTY: true });
    await until(() => output.text.split("\u001b[H").length > 2);
    interrupt.abort();
    expect((await done).code).toBe(130);
    expect(output.text.startsWith("\u001b[?1049h\u001b[?25l")).toBe(true);
    expect(output.text.endsWith("\u001b[?25h\u001b[?1049l")).toBe(true);
  });

  it("logs in by the link of a development start, and says what the next one is", async () => {
    const loaded = override(developmentConfig(), { port: 0 });
    const { admin } = loaded.config;
    const running = await startForTest(loaded.with({ ...loaded.config, admin: admin && { ...admin, port: 0 } }));
    const link = running.consoleUrl ?? "";
    const { text, errors, code } = await run(running, ["realms", "--url", link], { login: false }).done;
    expect([code, text]).toEqual([0, expect.stringContaining("realm1")]);
    const next = /http\S+#token=\S+/.exec(errors)?.[0] ?? "";
    expect(next).not.toBe(link);
    expect((await run(running, ["realms", "--url", link], { login: false }).done).code).toBe(3);
    expect((await run(running, ["realms", "--url", next], { login: false }).done).code).toBe(0);
  });
});

describe("the screen of kreuz top", () => {
  const histogram = { bounds: [0.001, 0.01], counts: [98, 1, 1], sum: 1 };
  const realm = { messagesIn: { CALL: 2000 }, messagesOut: {}, calls: { ok: 100 }, eventsDropped: {} };
  const stats = (at: number, factor: number) =>
    ({
      at,
      process: { cpuSeconds: at / 2000, memoryBytes: 2.5e8, eventLoopDelay: { p50: 0, p99: 0.0034, max: 1 } },
      listeners: { clients: { bytesIn: 3e6 * factor, bytesOut: 0, outboxBytes: 0, slowConnections: 1 } },
      realms: {
        "com.shop": {
          ...realm,
          messagesIn: { CALL: 40_000 * factor },
          callSeconds: { ...histogram, counts: histogram.counts.map((each) => each * factor) },
        },
      },
    }) as unknown as Snapshot["stats"];
  const snapshot = (rows: number): Snapshot =>
    ({
      router: {
        version: "1.2.3",
        host: "shop-1",
        started: 0,
        ready: true,
        because: [],
        realms: [{ sessions: 12_345 }],
      },
      stats: stats(7_262_000, 1),
      before: stats(7_260_000, 0),
      realm: "com.shop",
      sort: "in",
      sessions: {
        total: 12_345,
        matched: 12_345,
        items: Array.from({ length: rows }, (_, index) => ({
          session: 9_007_199_254_740_991 - index,
          authid: "a-very-long-authid-of-a-service@example.com",
          authrole: "backend",
          peer: "[2001:db8:85a3::8a2e:370:7334]:53122",
          messagesIn: 1_234_567,
          messagesOut: 5,
          bufferedBytes: 1_500_000,
          slow: index === 0,
          eventsDropped: 12,
        })),
      },
    }) as unknown as Snapshot;

  it.each([
    [80, 24],
    [120, 50],
    [40, 10],
  ])("fits %i × %i", (columns, rows) => {
    const lines = topScreen(snapshot(200), columns, rows);
    expect(lines).toHaveLength(rows);
    expect(lines.every((line) => line.length <= columns)).toBe(true);
  });

  it("looks like this", () => {
    expect(topScreen(snapshot(2), 80, 24)).toMatchInlineSnapshot(`
      [
        "Kreuz 1.2.3   shop-1   up 2h1m   ready   12.3k sessions",
        "in 20.0k msg/s 1.5 MB/s   out 0 msg/s 0 B/s   calls 0/s   p99 <10 ms",
        "loop p99 3.4 ms   cpu 50%   memory 250 MB   outbox 0 B   slow 1   dropped 0/s",
        "",
        "com.shop: 12.3k sessions, by in",
        "         SESSION  AUTHID            ROLE     PEER      IN  OUT   BUFFER  DROPPED",
        "9007199254740991  a-very-long-aut…  backend  [2001…  1.2M    5  1.5 MB!       12",
        "9007199254740990  a-very-long-aut…  backend  [2001…  1.2M    5   1.5 MB       12",
      ]
    `);
  });

  it("says in a cluster how each node does, and which one each session is on", () => {
    const alone = snapshot(2);
    const items = alone.sessions.items.map((item, index) => ({ ...item, authid: "ann", node: `node-${index}` }));
    const nodes = [
      { name: "node-0", ready: true, because: [] },
      { name: "node-1", ready: false, because: ["draining"] },
    ] as unknown as NonNullable<Snapshot["router"]["nodes"]>;
    const warnings = ['nodes "node-0" and "node-1" have different roles'];
    const router = { ...alone.router, nodes, unreachable: ["node-2"], warnings };
    const numbersOf = ({ at, process }: Snapshot["stats"]) => [
      { node: "node-0", at, process, sessions: 9, connections: 9 },
    ];
    const [now, before] = [alone.stats, alone.before].map((stats) => ({ ...stats, nodes: numbersOf(stats) }));
    const inCluster = { ...alone, stats: now!, before: before!, router, sessions: { ...alone.sessions, items } };
    const lines = topScreen(inCluster, 90, 24);
    expect(lines[0]).toBe("Kreuz 1.2.3   shop-1   node node-0 of 2   up 2h1m   ready   12.3k sessions");
    expect(lines.slice(3, 9)).toEqual([
      "",
      "node-0   ready   9 sessions   cpu 50%   loop p99 3.4 ms   memory 250 MB",
      "node-1   draining",
      "node-2   does not answer",
      'nodes "node-0" and "node-1" have different roles',
      "",
    ]);
    expect(lines.slice(10)).toMatchInlineSnapshot(`
      [
        "         SESSION  AUTHID  ROLE     NODE    PEER                  IN  OUT   BUFFER  DROPPED",
        "9007199254740991  ann     backend  node-0  [2001:db8:85a3::8…  1.2M    5  1.5 MB!       12",
        "9007199254740990  ann     backend  node-1  [2001:db8:85a3::8…  1.2M    5   1.5 MB       12",
      ]
    `);
  });

  it("control characters of clients do not reach the terminal", () => {
    const evil = snapshot(1);
    const items = evil.sessions.items.map((item) => ({ ...item, authid: "\u001b[2Jann" }));
    expect(topScreen({ ...evil, sessions: { ...evil.sessions, items } }, 80, 24).join("\n")).not.toContain("\u001b");
  });
});
