// The command as a process: signals, exit codes and output streams.
import { execFileSync, spawn, spawnSync, type ChildProcessByStdio } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { CloseUri, MessageType } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { WireSession } from "@kreuz/testkit";
import { connectWebSocket } from "@kreuz/transport-node";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";

// Processes take seconds to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 });
const LINE_TIMEOUT_MS = 30_000;

const BIN = fileURLToPath(new URL("../bin/kreuz.js", import.meta.url));
const PREPARE = fileURLToPath(new URL("../../../scripts/prepare.mjs", import.meta.url));
const BUILD = `(await import(${JSON.stringify(pathToFileURL(PREPARE).href)})).ensureBuilt("kreuz")`;

let folder = "";
const cleanups: (() => unknown)[] = [];

// Not every supported Node can run the sources in a process. Does nothing if they are built.
beforeAll(() => void execFileSync(process.execPath, ["--input-type=module", "-e", BUILD], { stdio: "pipe" }), 300_000);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kreuz-process-"));
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  await rm(folder, { recursive: true });
});

/** A running `kreuz`. */
class Kreuz {
  stdout = "";
  stderr = "";
  readonly exited: Promise<number | NodeJS.Signals | null>;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;

  constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    const stdio: ["ignore", "pipe", "pipe"] = ["ignore", "pipe", "pipe"];
    this.#child = spawn(process.execPath, [BIN, ...args], { cwd: folder, env: { ...process.env, ...env }, stdio });
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.exited = new Promise((resolve) => {
      this.#child.on("close", (code, signal) => resolve(code ?? signal));
    });
    cleanups.push(async () => {
      this.#child.kill("SIGKILL");
      await this.exited;
    });
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  get logged(): Record<string, unknown>[] {
    const lines = this.stdout.split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Waits for the first line with this message. */
  async line(msg: string): Promise<Record<string, unknown>> {
    for (let waited = 0; waited < LINE_TIMEOUT_MS; waited += 10) {
      const found = this.logged.find((line) => line["msg"] === msg);
      if (found !== undefined) return found;
      await delay(10);
    }
    throw new Error(`no log line "${msg}" within ${LINE_TIMEOUT_MS} ms\n${this.stdout}\n${this.stderr}`);
  }

  async url(): Promise<string> {
    const { urls } = await this.line("listening");
    return (urls as readonly string[])[0] ?? "";
  }
}

function start(args: readonly string[] = [], env: Readonly<Record<string, string>> = { PORT: "0" }): Kreuz {
  return new Kreuz(["start", ...args], env);
}

async function joinSession(kreuz: Kreuz): Promise<WireSession> {
  const session = new WireSession({ turns: 20_000 });
  await connectWebSocket(await kreuz.url(), session, { codecs: [json] });
  await session.join("realm1");
  return session;
}

/** A client that joins, and then neither reads nor writes. */
async function connectUnresponsive(kreuz: Kreuz): Promise<Socket> {
  const { hostname, port } = new URL(await kreuz.url());
  const socket = connect(Number(port), hostname);
  cleanups.push(() => socket.destroy());
  socket.on("error", () => {});
  const key = Buffer.alloc(16).toString("base64");
  socket.write(
    `GET /ws HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Protocol: wamp.2.json\r\n\r\n`,
  );
  await new Promise((resolve) => socket.once("data", resolve));
  const hello = Buffer.from('[1,"realm1",{"roles":{"caller":{}}}]');
  // A mask of zeros leaves the text unchanged.
  socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | hello.length, 0, 0, 0, 0]), hello]));
  socket.pause();
  await kreuz.line("session joined");
  return socket;
}

describe("a stop", () => {
  test.each(["SIGTERM", "SIGINT"] as const)("by %s closes every session and exits with 0", async (signal) => {
    const kreuz = start();
    const session = await joinSession(kreuz);
    kreuz.signal(signal);
    await session.expectClosed();
    expect(session.unread).toEqual([]);
    expect(await kreuz.exited).toBe(0);
    expect(await kreuz.line("session left")).toMatchObject({ session: session.id, reason: CloseUri.SYSTEM_SHUTDOWN });
    expect(kreuz.stderr).toBe("");
  });

  test("sends GOODBYE to every session if the config says so", async () => {
    await writeFile(join(folder, "kreuz.yaml"), configWith("shutdown: { farewell: goodbye }"));
    const kreuz = start();
    const session = await joinSession(kreuz);
    kreuz.signal("SIGTERM");
    expect((await session.expect(MessageType.GOODBYE)).reason).toBe(CloseUri.SYSTEM_SHUTDOWN);
    expect(await kreuz.exited).toBe(0);
  });

  // running-router.test.ts holds the time limit, with a fake clock.
  test("does not wait for a client that never answers", async () => {
    const kreuz = start();
    await connectUnresponsive(kreuz);
    kreuz.signal("SIGTERM");
    expect(await kreuz.exited).toBe(0);
    expect(await kreuz.line("stopped")).toBeDefined();
  });

  test("is immediate at the second Ctrl-C", async () => {
    // Blocks the stop until a signal is no longer an echo of the first one, and sends it.
    const cleanup = `const began = performance.now(); while (performance.now() - began < 400); process.emit("SIGINT", "SIGINT");`;
    await writeFile(
      join(folder, "impatient.mjs"),
      `export const impatient = () => ({ name: "impatient", setup(realm) { realm.defer(() => { ${cleanup} }); } });`,
    );
    await writeFile(join(folder, "kreuz.yaml"), configWith("", "plugins: [{ package: ./impatient.mjs }]"));
    const kreuz = start();
    await kreuz.line("listening");
    kreuz.signal("SIGINT");
    expect(await kreuz.exited).toBe(130);
    expect(kreuz.logged.some(({ msg }) => msg === "stopped")).toBe(false);
  });

  test("ignores the echo of a Ctrl-C that npm passes on", async () => {
    const kreuz = start();
    const session = await joinSession(kreuz);
    kreuz.signal("SIGINT");
    kreuz.signal("SIGINT");
    await session.expectClosed();
    expect(await kreuz.exited).toBe(0);
  });
});

describe("the port", () => {
  test("in use gives one line on stderr and exit code 1", async () => {
    const other = await listening();
    const kreuz = start([], { PORT: String(other.port) });
    expect(await kreuz.exited).toBe(1);
    expect(kreuz.stderr).toBe(
      `kreuz: cannot listen on 127.0.0.1:${other.port}: another program uses that port; choose another port with --port or PORT\n`,
    );
    expect(kreuz.stdout).toBe("");
  });

  test("comes from the flag, else the environment, else the config", async () => {
    const [flag, environment, config] = [await listening(), await listening(), await listening()];
    await writeFile(join(folder, "kreuz.yaml"), configWith(`transports: [{ type: websocket, port: ${config.port} }]`));
    const errorOf = async (args: string[], env: Record<string, string>): Promise<string> => {
      const kreuz = start(args, env);
      await kreuz.exited;
      return kreuz.stderr;
    };
    expect(await errorOf(["--port", String(flag.port)], { PORT: String(environment.port) })).toContain(
      `:${flag.port}:`,
    );
    expect(await errorOf([], { PORT: String(environment.port) })).toContain(`:${environment.port}:`);
    expect(await errorOf([], { PORT: "" })).toContain(`:${config.port}:`);
  });
});

describe("the log", () => {
  test("is JSON without a terminal, and warns about the development defaults", async () => {
    const kreuz = start();
    const session = await joinSession(kreuz);
    await kreuz.line("session joined");
    expect(kreuz.logged).toMatchObject([
      {
        level: "info",
        config: "built-in development defaults",
        codecs: ["json", "msgpack", "cbor"],
        realms: [{ name: "realm1" }],
      },
      { level: "warn", msg: expect.stringContaining("Do not expose it to the internet") },
      { level: "info", session: session.id, realm: "realm1", authrole: "development", msg: "session joined" },
    ]);
    session.disconnect();
    expect(await kreuz.line("session left")).toMatchObject({ session: session.id, reason: CloseUri.TRANSPORT_LOST });
  });

  test("is pretty if the config says so, and starts with the screen", async () => {
    await writeFile(join(folder, "kreuz.yaml"), configWith("log: { format: pretty }"));
    const kreuz = start();
    while (!kreuz.stdout.includes("Press Ctrl-C to stop.")) await delay(10);
    expect(kreuz.stdout).toMatch(/^\n {2}Kreuz \S+, WAMP router\n\n {4}URL {8}ws:\/\/127\.0\.0\.1:\d+\/ws\n/);
    kreuz.signal("SIGTERM");
    expect(await kreuz.exited).toBe(0);
    expect(kreuz.stdout).toMatch(/INFO: stopped\n$/);
  });

  test("has no lines below its level", async () => {
    const port = await freePort();
    const kreuz = start(["--log-level", "error", "--port", String(port)]);
    while (!(await isOpen(port))) await delay(10);
    kreuz.signal("SIGTERM");
    expect(await kreuz.exited).toBe(0);
    expect(kreuz.stdout).toBe("");
  });
});

describe("an uncaught error", () => {
  async function startWithError(statement: string): Promise<Kreuz> {
    await writeFile(
      join(folder, "faulty.mjs"),
      `export const faulty = () => ({ name: "faulty", setup() { setTimeout(() => { ${statement} }, 50); } });`,
    );
    await writeFile(join(folder, "kreuz.yaml"), configWith("", "plugins: [{ package: ./faulty.mjs }]"));
    return start();
  }

  test("is logged; after an unhandled rejection the router continues", async () => {
    const kreuz = await startWithError(`void Promise.reject("no database");`);
    expect(await kreuz.line("unhandled rejection")).toMatchObject({
      level: "error",
      error: { message: "'no database'", stack: expect.any(String) },
    });
    await joinSession(kreuz);
    kreuz.signal("SIGTERM");
    expect(await kreuz.exited).toBe(0);
  });

  test("is logged; an uncaught exception exits with code 1", async () => {
    const kreuz = await startWithError(`throw new Error("no way");`);
    expect(await kreuz.exited).toBe(1);
    expect(await kreuz.line("uncaught exception")).toMatchObject({ level: "fatal", error: { message: "no way" } });
  });
});

test("an older Node is named in one line", () => {
  const old = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.4' } });";
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", `${old} await import(${JSON.stringify(pathToFileURL(BIN).href)});`],
    { encoding: "utf8" },
  );
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: "",
    stderr: "kreuz: needs Node.js 20.19 or newer, this is 18.20.4\n",
  });
});

test("an invalid config gives all its problems on stderr", async () => {
  await writeFile(join(folder, "kreuz.yaml"), "realms: 1\nlog: { level: loud }\n");
  const kreuz = start();
  expect(await kreuz.exited).toBe(1);
  expect(kreuz.stderr).toBe(
    "kreuz.yaml:1:9: realms: expected a list of realms, got 1\n" +
      'kreuz.yaml:2:15: log.level: expected debug, info, warn, error or silent, got "loud"\n',
  );
});

function configWith(top: string, inRealm = ""): string {
  return `realms:
  - name: realm1
    auth: { anonymous: { role: guest } }
    roles: [{ name: guest }]
    ${inRealm}
${top}
`;
}

async function listening(): Promise<{ readonly port: number }> {
  const server = await new Promise<Server>((resolve) => {
    const made = createServer().listen(0, "127.0.0.1", () => resolve(made));
  });
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  return address;
}

async function freePort(): Promise<number> {
  const { port } = await listening();
  await cleanups.pop()?.();
  return port;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
}
