// What the router says to systemd, by the real systemd-notify, heard by a socket like that of systemd.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { KREUZ, NodeProgram } from "../support/node-program.js";
import { findTool } from "../support/tools.js";
import { until } from "../support/wait.js";

const notify = findTool("systemd-notify");
// Node has no datagrams over Unix sockets.
const python = findTool("python3");
const skip = notify.path === undefined || python.path === undefined;

const LISTENER = `
import socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(sys.argv[1])
print("bound", flush=True)
while True: print(server.recv(4096).decode().replace("\\n", " "), flush=True)
`;

let folder: string;
const ends: (() => unknown)[] = [];
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "kreuz-notify-"))));
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  rmSync(folder, { recursive: true });
});

describe.skipIf(skip)(`systemd${notify.skipped}${python.skipped}`, () => {
  test("hears when the router is ready, alive, reloading, ready again, and stopping", async () => {
    const socket = join(folder, "notify");
    const listener = spawn(python.path!, ["-c", LISTENER, socket], { stdio: ["ignore", "pipe", "inherit"] });
    ends.push(() => listener.kill("SIGKILL"));
    const heard: string[] = [];
    createInterface({ input: listener.stdout }).on("line", (line) => heard.push(line));
    await until("the socket", () => heard.length === 1);
    const hears = (pattern: RegExp, since = 0): Promise<void> =>
      until(String(pattern), () => heard.slice(since).some((line) => pattern.test(line)));

    const config = "realms: [{ name: realm1, auth: { anonymous: { role: guest } }, roles: [{ name: guest }] }]\n";
    writeFileSync(join(folder, "kreuz.yaml"), config);
    const env = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "400000" };
    const router = new NodeProgram([KREUZ, "start", "--port", "0"], { cwd: folder, env });
    ends.push(() => router.kill());

    await hears(new RegExp(`^MAINPID=${router.pid} READY=1|^READY=1 MAINPID=${router.pid}`));
    await hears(/WATCHDOG=1/);
    const before = heard.length;
    router.signal("SIGHUP");
    await hears(/RELOADING=1 MONOTONIC_USEC=\d+/, before);
    await hears(/READY=1/, before);
    expect(heard.findLastIndex((line) => line.includes("READY=1"))).toBeGreaterThan(
      heard.findIndex((line) => line.includes("RELOADING=1")),
    );
    router.signal("SIGTERM");
    await hears(/STOPPING=1/);
    expect(await router.exited).toBe(0);
  });
});
