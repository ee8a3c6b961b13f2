// Acknowledged means on disk: a router with a durable event history, as a process that is killed, that finds its disk
// full, that meets another one in its folder, or its file damaged.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ConfigError, systemClock } from "@kreuz/codec";
import type { EventRange, EventStore } from "@kreuz/event-history";
import { lmdbStore } from "@kreuz/event-history-lmdb";
import { CounterMetrics, silentLogger } from "@kreuz/router";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SeededRandom } from "../fuzz/seeded-random.js";
import { THOROUGH } from "../support/thorough.js";
import { inTime, until } from "../support/wait.js";
import { numberedEvent } from "./numbered-event.mjs";

const ROUTER = fileURLToPath(new URL("history-router.mjs", import.meta.url));
const ALL: EventRange = { uri: "", match: "prefix", first: 0, last: Number.MAX_SAFE_INTEGER, reverse: false };
const KILLS = Number(process.env["KREUZ_KILLS"] ?? (THOROUGH ? 20 : 5));
const SEED = Number(process.env["KREUZ_SEED"] ?? 1);

let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "kreuz-durable-"));
});
afterEach(() => rmSync(path, { recursive: true, force: true }));

const open = async (): Promise<EventStore> =>
  lmdbStore({ path })({
    uri: "realm1",
    metrics: new CounterMetrics(),
    logger: silentLogger,
    clock: systemClock,
    baseDirectory: undefined,
  });

/** The numbers of the events in the store. */
async function stored(store: EventStore): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { payload } of store.read(ALL)) numbers.push(Number(payload.args?.[0]));
  return numbers;
}

/** A router in a process of its own, and what its client was told. */
class HistoryRouter {
  readonly child: ChildProcess;
  readonly published: number[] = [];
  readonly refused: string[] = [];
  readonly other: string[] = [];
  /** Lines on standard error. */
  errors = 0;
  readonly ended: Promise<NodeJS.Signals | number | null>;

  constructor(first: number, inFlight: number, bytes: number) {
    const args = [ROUTER, path, String(first), String(inFlight), String(bytes)];
    this.child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    const [stdout, stderr] = [this.child.stdout, this.child.stderr];
    if (stdout === null || stderr === null) throw new Error("no pipes");
    createInterface(stdout).on("line", (line) => this.#line(line));
    createInterface(stderr).on("line", () => this.errors++);
    this.ended = new Promise((resolve) => {
      this.child.on("close", (code, signal) => resolve(signal ?? code));
    });
  }

  /** What the router has logged, and its health. */
  async log(): Promise<{ lines: string[]; health: unknown[] }> {
    const before = this.other.length;
    this.child.kill("SIGUSR2");
    await until("the log", () => this.other.slice(before).some((line) => line.startsWith("log ")));
    return JSON.parse((this.other.at(-1) ?? "").slice(4)) as { lines: string[]; health: unknown[] };
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    const end = await inTime("the process to end", this.ended);
    if (end !== "SIGKILL") throw new Error(`the process ended by itself: ${String(end)}`);
  }

  #line(line: string): void {
    if (line.startsWith("+")) this.published.push(Number(line.slice(1)));
    else if (line.startsWith("-")) this.refused.push(line);
    else this.other.push(line);
  }
}

describe("kill -9 at random moments", () => {
  it(
    `loses nothing that was acknowledged (${KILLS} times)`,
    async () => {
      const random = new SeededRandom(SEED);
      let first = 1;
      let before: number[] = [];
      for (let kill = 0; kill < KILLS; kill++) {
        // A new history now and then: reading a long one again and again takes the time of the test.
        if (kill % 10 === 0) {
          rmSync(join(path, "realm1"), { recursive: true, force: true });
          [first, before] = [1, []];
        }
        const inFlight = random.pick([1, 5, 50, 1_000]);
        const router = new HistoryRouter(first, inFlight, random.pick([10, 200, 3_000]));
        const enough = random.below(inFlight * 4) + 1;
        await until("acknowledgements", () => router.published.length >= enough);
        await delay(random.below(20));
        await router.kill();
        expect(router.refused).toEqual([]);
        const store = await open();
        const after = await stored(store);
        await store.close();
        const known = new Set(after);
        expect(router.published.filter((number) => !known.has(number))).toEqual([]);
        // Nothing of the earlier lives is lost, doubled or reordered, and nothing is there that was not published.
        expect(after.every((number, index) => index === 0 || number > (after[index - 1] ?? 0))).toBe(true);
        expect(before.every((number, index) => number === after[index])).toBe(true);
        before = after;
        first = (after.at(-1) ?? 0) + 1;
      }
    },
    60_000 + KILLS * 10_000,
  );
});

// The limit on the size of files stands for a full disk. It is a matter of Linux.
describe.runIf(spawnSync("prlimit", ["--version"]).status === 0)("a disk without room", () => {
  const limit = ({ child: { pid } }: HistoryRouter, bytes: number | "unlimited"): void => {
    expect(spawnSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:`]).status).toBe(0);
  };

  it("is an error for who publishes with acknowledge, two log lines and health; with room again, all is well", async () => {
    const router = new HistoryRouter(1, 20, 1_000);
    await until("acknowledgements", () => router.published.length > 100);
    limit(router, 400_000);
    await until("refusals", () => router.refused.length > 200);
    expect(new Set(router.refused.map((line) => line.split(" ")[1]))).toEqual(
      new Set(["kreuz.error.event_not_stored"]),
    );
    const during = await router.log();
    expect(during.health).toMatchObject([{ realm: "realm1", plugin: "event-history" }]);
    expect(during.lines.filter((line) => line.startsWith("error"))).toHaveLength(1);
    limit(router, "unlimited");
    const refused = router.published.length;
    await until("acknowledgements", () => router.published.length > refused + 100);
    const after = await router.log();
    expect(after.health).toEqual([]);
    expect(after.lines.filter((line) => !line.startsWith("info"))).toHaveLength(2);
    expect(router.other.filter((line) => line.startsWith("unhandled"))).toEqual([]);
    // LMDB itself writes a few lines for each failure: they must not come for each event.
    expect(router.errors).toBeLessThan(100);
    await router.kill();
    const store = await open();
    const known = new Set(await stored(store));
    await store.close();
    expect(router.published.filter((number) => !known.has(number))).toEqual([]);
    const lost = router.refused.map((line) => -Number(line.split(" ")[0]));
    expect(lost.filter((number) => known.has(number))).toEqual([]);
  });
});

describe("a folder that is in use", () => {
  it("is refused to a second router, which says who holds it; a router that was killed does not hold it", async () => {
    const router = new HistoryRouter(1, 1, 10);
    await until("acknowledgements", () => router.published.length > 0);
    const refusal = await open().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ConfigError);
    expect(String(refusal)).toContain(`is in use by process ${router.child.pid} on host`);
    await router.kill();
    await (await open()).close();
  });

  it("is refused within one process, too, and free again after close", async () => {
    const store = await open();
    await expect(open()).rejects.toThrow(`is in use by process ${process.pid}`);
    await store.close();
    await (await open()).close();
  });

  it.each([
    ["of another host holds, whatever process it names", { pid: 1, host: "elsewhere.example", start: "" }, false],
    ["of a process that has ended is taken over", { pid: 2 ** 22 - 1, start: "" }, true],
    ["of an earlier process with the same id is taken over", { pid: process.pid, start: "earlier/1" }, true],
  ])("a lock %s", async (_title, lock, free) => {
    await (await open()).close();
    const { host } = await lockOf(open);
    writeFileSync(join(path, "realm1", "router.lock"), JSON.stringify({ host, ...lock }));
    if (free) await (await open()).close();
    else await expect(open()).rejects.toThrow('host "elsewhere.example"');
  });

  async function lockOf(opener: typeof open): Promise<{ host: string }> {
    const store = await opener();
    const lock = JSON.parse(readFileSync(join(path, "realm1", "router.lock"), "utf8")) as { host: string };
    await store.close();
    return lock;
  }
});

describe("a damaged file", () => {
  const file = (): string => join(path, "realm1", "data.mdb");

  /** A history of a few hundred events, large ones among them. */
  async function fill(): Promise<void> {
    const store = await open();
    await Promise.all(Array.from({ length: 300 }, (_, index) => store.append(numberedEvent(index + 1))));
    await store.close();
  }

  it.each<[damage: string, spoil: () => void]>([
    ["cut in half", () => truncateSync(file(), statSync(file()).size / 2)],
    ["cut within a page", () => truncateSync(file(), 10_000)],
    ["emptied", () => truncateSync(file(), 0)],
    ["removed", () => rmSync(file())],
    ["replaced by text", () => writeFileSync(file(), "no database\n".repeat(100_000))],
    ["replaced by zeros", () => writeFileSync(file(), Buffer.alloc(1_000_000))],
    ["overwritten after its meta pages", () => spoilBytes(8_192, 100_000)],
  ])("%s: an error that names it, and the process lives", async (_damage, spoil) => {
    await fill();
    spoil();
    await expect(open()).rejects.toThrow(file());
    await expect(open()).rejects.toThrow(ConfigError);
  });

  function spoilBytes(from: number, length: number): void {
    const bytes = readFileSync(file());
    const random = new SeededRandom(SEED);
    for (let at = from; at < from + length; at++) bytes[at] = random.below(256);
    writeFileSync(file(), bytes);
  }

  it("anywhere, a page at a time: an error, or events that are right; never a crash, never a wrong event", async () => {
    await fill();
    const whole = join(path, "whole.mdb");
    copyFileSync(file(), whole);
    const pages = statSync(whole).size / 4096;
    let [refused, survived] = [0, 0];
    for (let page = 0; page < pages; page += 1 + Math.floor(pages / 60)) {
      copyFileSync(whole, file());
      rmSync(join(path, "realm1", "lock.mdb"), { force: true });
      spoilBytes(page * 4096, 4096);
      const store = await open().catch((error: unknown) => void expect(error).toBeInstanceOf(ConfigError));
      if (store === undefined) refused++;
      else {
        survived++;
        for await (const { publication, payload } of store.read(ALL))
          expect(payload.args).toEqual(numberedEvent(publication).payload.args);
        await store.close();
      }
    }
    expect(refused).toBeGreaterThan(5);
    expect(survived).toBeGreaterThan(5);
  });

  it("a backup that was put back is checked and read", async () => {
    await fill();
    copyFileSync(file(), join(path, "backup.mdb"));
    copyFileSync(join(path, "backup.mdb"), file());
    const store = await open();
    expect(await stored(store)).toHaveLength(300);
    await store.close();
  });

  it("of a later version is refused; of an earlier one, without a header, it is taken over", async () => {
    await fill();
    const header = join(path, "realm1", "history.json");
    writeFileSync(header, JSON.stringify({ format: "kreuz-event-history", version: 2 }));
    await expect(open()).rejects.toThrow("version 2, this router reads up to 1; update @kreuz/event-history-lmdb");
    rmSync(header);
    const store = await open();
    expect(await stored(store)).toHaveLength(300);
    await store.close();
    expect(JSON.parse(readFileSync(header, "utf8"))).toMatchObject({ version: 1 });
  });
});
