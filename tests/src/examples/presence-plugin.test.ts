// The example of a plugin: its own tests, and the app that loads it from its config.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Wampy } from "wampy";
import { WebSocket } from "ws";
import { afterEach, expect, test } from "vitest";
import { NodeProgram, ROOT } from "../support/node-program.js";
import { RouterProcess } from "../support/router-process.js";
import { until } from "../support/wait.js";

type WampyOptions = NonNullable<ConstructorParameters<typeof Wampy>[1]>;

const FOLDER = join(ROOT, "examples", "presence-plugin");
const closes: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closes.splice(0).toReversed()) await close();
});

test("its tests pass", async () => {
  const tests = new NodeProgram(["--test", "--test-reporter=tap"], { cwd: FOLDER });
  closes.push(() => tests.kill());
  expect(await tests.exited, tests.lines.join("\n")).toBe(0);
  expect(tests.lines).toContain("# pass 2");
});

test("joe sees ann come and go", async () => {
  const files = Object.fromEntries(
    ["kreuz.yaml", "presence.js"].map((name) => [name, readFileSync(join(FOLDER, name), "utf8")]),
  );
  const router = await RouterProcess.start({ files: { ...files, "package.json": `{ "type": "module" }` } });
  closes.push(() => router.kill());
  const joe = await logIn(router.url, "joe");
  const changes: unknown[] = [];
  await joe.subscribe("com.example.presence.changed", ({ argsList }) => void changes.push(argsList?.[0]));
  const ann = await logIn(router.url, "ann");
  await until("ann to come", () => changes.length === 1);
  expect((await joe.call("com.example.presence.list")).argsList).toEqual([["joe", "ann"]]);
  await ann.disconnect();
  await until("ann to go", () => changes.length === 2);
  await joe.disconnect();
  expect(changes).toEqual([
    { authid: "ann", online: true },
    { authid: "ann", online: false },
  ]);
});

async function logIn(url: string, authid: string): Promise<Wampy> {
  const client = new Wampy(url, {
    realm: "realm1",
    authid,
    authmethods: ["ticket"],
    authMode: "auto",
    authPlugins: { ticket: () => "sesame" } as unknown as NonNullable<WampyOptions["authPlugins"]>,
    // On Node it has no WebSocket of its own.
    ws: WebSocket as unknown as NonNullable<WampyOptions["ws"]>,
    autoReconnect: false,
  });
  await client.connect();
  return client;
}
