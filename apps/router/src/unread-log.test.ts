// The command as a process whose log nobody takes: routing goes on, and signals end it.
import { execFileSync, spawn, type StdioOptions } from "node:child_process";
import { closeSync, constants, existsSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { json } from "@kreuz/codec/json";
import { WireSession } from "@kreuz/testkit";
import { connectWebSocket } from "@kreuz/transport-node";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { temporaryFolder } from "./testing/running-router.js";

// Processes take seconds to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const BIN = fileURLToPath(new URL("../bin/kreuz.js", import.meta.url));
const PREPARE = fileURLToPath(new URL("../../../scripts/prepare.mjs", import.meta.url));
const BUILD = `(await import(${JSON.stringify(pathToFileURL(PREPARE).href)})).ensureBuilt("kreuz")`;

/** Logs more than a pipe holds at every join. */
const TALKATIVE = `export const talkative = () => ({
  name: "talkative",
  setup: ({ on, logger }) => on("sessionJoined", () => {
    for (let line = 0; line < 300; line++) logger.debug({ line, text: "x".repeat(1000) }, "talk");
  }),
});`;

beforeAll(() => void execFileSync(process.execPath, ["--input-type=module", "-e", BUILD], { stdio: "pipe" }), 300_000);

interface Started {
  readonly port: number;
  readonly exited: Promise<number | NodeJS.Signals | null>;
  signal(name: NodeJS.Signals): void;
  join(): Promise<WireSession>;
}

/** Writes what {@link startCommand} needs. */
async function prepare(log: string): Promise<{ readonly folder: string; readonly port: number }> {
  const folder = temporaryFolder();
  const port = await freePort();
  writeFileSync(join(folder, "talkative.mjs"), TALKATIVE);
  const config = `realms:
  - name: realm1
    auth: { anonymous: { role: guest } }
    roles: [{ name: guest }]
    plugins: [{ package: ./talkative.mjs }]
transports: [{ type: websocket, port: ${port} }]
log: { level: debug, ${log} }
`;
  writeFileSync(join(folder, "kreuz.yaml"), config);
  return { folder, port };
}

async function start(stdout: number | "pipe", log = ""): Promise<Started> {
  const { folder, port } = await prepare(log);
  const stdio: StdioOptions = ["ignore", stdout, "ignore"];
  const child = spawn(process.execPath, [BIN, "start"], { cwd: folder, stdio });
  const exited = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on("exit", (code, signal) => resolve(code ?? signal));
  });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  if (stdout === "pipe") child.stdout?.once("data", () => child.stdout?.destroy());
  const started: Started = { port, exited, signal: (name) => void child.kill(name), join: () => joined(port) };
  await started.join();
  return started;
}

const SCRIPT = ["/usr/bin/script", "/bin/script"].find((file) => existsSync(file));

interface Terminal extends Started {
  type(keys: string): void;
  /** Bytes that it has shown so far. */
  shown(): number;
  close(): void;
}

/** The router in a terminal of its own. */
async function startInTerminal(): Promise<Terminal> {
  const { folder, port } = await prepare("");
  const pidFile = join(folder, "pid");
  const command = `echo $$ > ${pidFile}; exec ${process.execPath} ${BIN} start`;
  const args = ["--quiet", "--flush", "--return", "--command", command, "/dev/null"];
  const terminal = spawn(SCRIPT!, args, { cwd: folder, stdio: ["pipe", "pipe", "ignore"] });
  let shown = 0;
  terminal.stdout.on("data", (data: Buffer) => void (shown += data.length));
  const ended = new Promise((resolve) => void terminal.on("close", resolve));
  await joined(port);
  const pid = Number(readFileSync(pidFile, "utf8"));
  onTestFinished(async () => {
    terminal.kill("SIGKILL");
    if (isRunning(pid)) process.kill(pid, "SIGKILL");
    await ended;
  });
  return {
    port,
    exited: vi.waitUntil(() => !isRunning(pid), { timeout: 60_000 }).then(() => 0),
    signal: (name) => void process.kill(pid, name),
    join: () => joined(port),
    type: (keys) => void terminal.stdin.write(keys),
    shown: () => shown,
    close: () => void terminal.kill("SIGKILL"),
  };
}

/** False for a process that has ended, even if its parent has not taken notice yet. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** A session, as soon as the router listens. */
async function joined(port: number): Promise<WireSession> {
  for (;;) {
    const session = new WireSession({ turns: 20_000 });
    try {
      await connectWebSocket(`ws://127.0.0.1:${port}/ws`, session, { codecs: [json] });
    } catch {
      await delay(20);
      continue;
    }
    await session.join("realm1");
    return session;
  }
}

async function freePort(): Promise<number> {
  const server = await new Promise<Server>((resolve) => {
    const made = createServer().listen(0, "127.0.0.1", () => resolve(made));
  });
  const { port } = server.address() as { readonly port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A pipe that a process can write to. */
function pipe(): { readonly writer: number; closeReader(): void } {
  const file = join(temporaryFolder(), "pipe");
  execFileSync("mkfifo", [file]);
  const reader = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(file, constants.O_WRONLY);
  let open = true;
  const closeReader = (): void => {
    if (open) closeSync(reader);
    open = false;
  };
  onTestFinished(() => {
    closeReader();
    closeSync(writer);
  });
  return { writer, closeReader };
}

const OUTPUTS: Readonly<Record<string, () => Promise<Started>>> = {
  "a socket whose reader is gone": () => start("pipe"),
  "a pipe whose reader is gone": async () => {
    const { writer, closeReader } = pipe();
    const started = await start(writer);
    closeReader();
    return started;
  },
  "a pipe whose reader has stalled": () => start(pipe().writer),
  "a pipe whose reader has stalled, with lines for people": () => start(pipe().writer, "format: pretty"),
  "/dev/full": () => start(openSync("/dev/full", "w")),
  "a log file without space": () => start("pipe", "file: /dev/full"),
};

test.skipIf(process.platform !== "linux").each(Object.entries(OUTPUTS))(
  "with its log on %s the router goes on, and a signal ends it",
  async (_, open) => {
    const router = await open();
    for (let time = 0; time < 5; time++) await router.join();
    for (const harmless of ["SIGHUP", "SIGUSR1"] as const) router.signal(harmless);
    await router.join();
    router.signal("SIGTERM");
    expect(await router.exited).toBe(0);
  },
);

describe.skipIf(SCRIPT === undefined || process.platform !== "linux")("in a terminal", () => {
  test("that is stopped with Ctrl-S the router goes on, and a signal ends it", async () => {
    const router = await startInTerminal();
    router.type("\u0013");
    for (let time = 0; time < 5; time++) await router.join();
    // Every join writes 300 kB.
    expect(router.shown()).toBeLessThan(900_000);
    router.signal("SIGUSR1");
    await router.join();
    router.signal("SIGTERM");
    await router.exited;
  });

  test("that is stopped, it ends with the terminal", async () => {
    const router = await startInTerminal();
    router.type("\u0013");
    await router.join();
    router.close();
    await router.exited;
  });
});

const canMount = process.platform === "linux" && process.getuid?.() === 0;

describe.skipIf(!canMount)(`on a disk that is full${canMount ? "" : " (skipped: needs root on Linux)"}`, () => {
  test("the router goes on, writes again when there is space, and says how many lines were lost", async () => {
    const disk = temporaryFolder();
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "kreuz-test", disk]);
    try {
      const [log, filler] = [join(disk, "kreuz.log"), join(disk, "filler")];
      const router = await start("pipe", `file: ${log}`);
      expect(() => writeFileSync(filler, Buffer.alloc(2 ** 21))).toThrow("ENOSPC");
      for (let time = 0; time < 5; time++) await router.join();
      rmSync(filler);
      await router.join();
      await vi.waitUntil(() => /"lost":\d+/.test(readFileSync(log, "utf8")), { timeout: 60_000 });
      writeFileSync(filler, "");
      router.signal("SIGTERM");
      expect(await router.exited).toBe(0);
    } finally {
      execFileSync("umount", ["--lazy", disk]);
    }
  });
});
