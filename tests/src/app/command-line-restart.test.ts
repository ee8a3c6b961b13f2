// `kreuz subscribe` and `kreuz register` outlive a restart of the router.
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { connect, type Session } from "@kreuz/client";
import { webSocket } from "@kreuz/client/node";
import { afterEach, beforeEach, expect, it } from "vitest";
import { RouterProcess } from "../support/router-process.js";
import { until } from "../support/wait.js";

const BIN = fileURLToPath(new URL("../../../apps/router/bin/kreuz.js", import.meta.url));
let folder: string;
let router: RouterProcess;
const commands: ChildProcessByStdio<null, Readable, Readable>[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "kreuz-restart-"));
  router = await RouterProcess.start();
});

afterEach(async () => {
  for (const command of commands.splice(0)) command.kill();
  await router.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a command that stays; `said` is what it has written. */
function start(...args: readonly string[]): { readonly said: { stdout: string; stderr: string } } {
  const env = { ...process.env, KREUZ_URL: router.url, XDG_CONFIG_HOME: folder };
  const command = spawn(process.execPath, [BIN, ...args], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  commands.push(command);
  const said = { stdout: "", stderr: "" };
  command.stdout.setEncoding("utf8").on("data", (text: string) => (said.stdout += text));
  command.stderr.setEncoding("utf8").on("data", (text: string) => (said.stderr += text));
  return { said };
}

async function restart(): Promise<void> {
  const port = Number(new URL(router.url).port);
  await router.stop();
  router = await RouterProcess.start({ port });
}

const client = (): Promise<Session> => connect({ transport: webSocket(router.url), realm: "realm1" });

it("a subscription", async () => {
  const { said } = start("subscribe", "com.example.news");
  await until("the subscription", () => said.stderr.includes("subscribed"));
  await restart();
  const session = await client();
  await until("an event after the restart", async () => {
    await session.publish("com.example.news", ["back"], { acknowledge: true });
    return said.stdout.includes('"back"');
  });
  expect(said.stderr).not.toContain("Error");
  await session.close();
});

it("a procedure", async () => {
  const { said } = start("register", "com.example.echo", "--echo");
  await until("the registration", () => said.stderr.includes("registered"));
  await restart();
  const session = await client();
  await until("an answer after the restart", () =>
    session.call("com.example.echo", ["back"]).then(
      ({ args }) => args[0] === "back",
      () => false,
    ),
  );
  await session.close();
});
