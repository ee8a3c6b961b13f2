// Tests the durable store of the event history on a real disk, with processes that are killed.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { MessageType as M, systemClock, type Dict } from "@kreuz/codec";
import { eventHistory, type EventRange, type EventStore, type StoredEvent } from "@kreuz/event-history";
import { lmdbStore } from "@kreuz/event-history-lmdb";
import { CounterMetrics, silentLogger } from "@kreuz/router";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestRouter, REALM } from "../support/index.js";
import { numberedEvent } from "./numbered-event.mjs";

const WRITER = fileURLToPath(new URL("history-writer.mjs", import.meta.url));
const ALL: EventRange = { uri: "", match: "prefix", first: 0, last: Number.MAX_SAFE_INTEGER, reverse: false };

let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "kreuz-history-"));
});
afterEach(() => rmSync(path, { recursive: true, force: true }));

const open = async (limits = {}, uri = "com.example.realm"): Promise<EventStore> =>
  lmdbStore({ path, ...limits })({
    uri,
    metrics: new CounterMetrics(),
    logger: silentLogger,
    clock: systemClock,
    baseDirectory: undefined,
  });

async function read(store: EventStore, range: Partial<EventRange> = {}): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const event of store.read({ ...ALL, ...range })) events.push(event);
  return events;
}

const numbers = (events: readonly StoredEvent[]): number[] => events.map(({ publication }) => publication);
type Moment = readonly [acknowledged: number, delayMs: number];
const sequence = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** Returns an event with its payload decoded, and without the fields that the store adds. */
function plain({ bytes: _bytes, payload, ...event }: StoredEvent): object {
  return { ...event, payload: { args: payload.args, kwargs: payload.kwargs } };
}

/**
 * Starts a process that writes, and kills it while it does: a delay after some number of events were acknowledged.
 * @returns the numbers of the acknowledged events.
 */
function killWriter(first: number, maxEvents: number, [after, delay]: Moment): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    const acknowledged: number[] = [];
    const child = spawn(process.execPath, [WRITER, path, String(first), String(maxEvents)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    createInterface(child.stdout).on("line", (line) => {
      acknowledged.push(Number(line));
      if (acknowledged.length === after) setTimeout(() => child.kill("SIGKILL"), delay);
    });
    child.on("error", reject);
    child.on("close", (_code, signal) =>
      signal === "SIGKILL" ? resolve(acknowledged) : reject(new Error("the writer ended by itself")),
    );
  });
}

/** Expects that the store holds exactly these events, each as it was written and found by every index. */
async function expectWhole(store: EventStore, first: number, last: number): Promise<void> {
  const events = await read(store);
  expect(numbers(events)).toEqual(sequence(first, last));
  for (const event of events) expect(plain(event)).toEqual(numberedEvent(event.publication));
  for (const topic of [0, 1, 2]) {
    const found = numbers(await read(store, { uri: `com.example.topic${topic}`, match: "exact" }));
    expect(found).toEqual(sequence(first, last).filter((number) => number % 3 === topic));
  }
  const positions: (number | undefined)[] = [];
  for (const number of sequence(first, last)) positions.push(await store.position(number));
  const start = positions[0] ?? Number.NaN;
  expect(positions).toEqual(sequence(start, start + last - first));
  for (const number of sequence(Math.max(1, first - 50), first - 1))
    expect(await store.position(number)).toBeUndefined();
}

describe("kill -9 while writing", () => {
  it("loses or damages no acknowledged event, and keeps the order, repeatedly", async () => {
    let written = 0;
    for (const moment of [
      [1, 0],
      [40, 1],
      [333, 2],
      [90, 3],
      [60, 5],
      [1000, 8],
    ] as const) {
      const acknowledged = await killWriter(written + 1, 1_000_000, moment);
      const store = await open();
      const events = await read(store);
      const last = numbers(events).at(-1) ?? 0;
      expect(last).toBeGreaterThanOrEqual(Math.max(...acknowledged));
      await expectWhole(store, 1, last);
      await store.close();
      written = last;
    }
  });

  it("while old events are dropped leaves no gaps and no dangling index entries", async () => {
    let written = 0;
    for (const moment of [
      [150, 1],
      [700, 4],
      [60, 0],
      [400, 2],
    ] as const) {
      const acknowledged = await killWriter(written + 1, 100, moment);
      const store = await open({ maxEvents: 100 });
      const found = numbers(await read(store));
      written = found.at(-1) ?? 0;
      expect(found).toHaveLength(100);
      expect(written).toBeGreaterThanOrEqual(Math.max(...acknowledged));
      await expectWhole(store, written - 99, written);
      await store.close();
    }
  });
});

describe("a restart", () => {
  it("continues where it stopped", async () => {
    for (const first of [1, 301, 601]) {
      const store = await open();
      for (const number of sequence(first, first + 299)) void store.append(numberedEvent(number));
      await store.close();
    }
    const store = await open();
    await expectWhole(store, 1, 900);
    await store.close();
  });

  it("with lower limits drops the oldest events", async () => {
    const before = await open();
    for (const number of sequence(1, 500)) void before.append(numberedEvent(number));
    await before.close();
    const fewer = await open({ maxEvents: 123 });
    await expectWhole(fewer, 378, 500);
    await fewer.close();
    const smaller = await open({ maxBytes: 100_000 });
    const left = await read(smaller);
    expect(left.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(100_000);
    await expectWhole(smaller, 501 - left.length, 500);
    await smaller.close();
  });

  it("of the router changes subscription ids, not publications", async () => {
    const history = () => eventHistory({ topics: [{ uri: "com.", match: "prefix" }], store: lmdbStore({ path }) });
    const before = await createTestRouter({ realm: { plugins: [history()] } });
    before.clock.advance(1_000);
    const publisher = await before.join();
    publisher.publish("com.example.topic", { args: ["x"], kwargs: { a: [1] } }, { acknowledge: true });
    const { publication } = await publisher.expect(M.PUBLISHED);
    publisher.disconnect();
    await before.close();

    const after = await createTestRouter({ realm: { plugins: [history()] } });
    const reader = await after.join();
    await reader.subscribe("com.example.other");
    const subscription = await reader.subscribe("com.example.topic");
    expect(
      (
        await reader.call("wamp.subscription.get_events", {
          args: [subscription],
          kwargs: { from_publication: publication },
        })
      ).args,
    ).toEqual([
      {
        timestamp: "1970-01-01T00:00:01.000Z",
        subscription,
        publication,
        details: {},
        args: ["x"],
        kwargs: { a: [1] },
      },
    ] satisfies Dict[]);
    reader.disconnect();
    await after.close();
  });
});

describe("realms", () => {
  it("have a folder each, also on file systems that ignore case", async () => {
    const uris = [
      "com.example.a",
      "com.example.A",
      "com.exämple.a",
      `com.${"long".repeat(100)}`,
      `com.${"long".repeat(101)}`,
    ];
    for (const [index, uri] of uris.entries()) {
      const store = await open({}, uri);
      await store.append(numberedEvent(index + 1));
      await store.close();
    }
    expect(new Set(readdirSync(path).map((name) => name.toLowerCase())).size).toBe(uris.length);
    for (const [index, uri] of uris.entries()) {
      const store = await open({}, uri);
      expect(numbers(await read(store))).toEqual([index + 1]);
      await store.close();
    }
  });

  it("are opened and closed with the router", async () => {
    const router = await createTestRouter({
      realm: { plugins: [eventHistory({ topics: [], store: lmdbStore({ path }) })] },
    });
    expect(readdirSync(path)).toEqual([REALM]);
    await router.close();
    expect(router.errors()).toEqual([]);
  });
});

describe("options", () => {
  it.each([
    [{ path: "" }, "path: expected the path of a folder"],
    [{ path: "x", maxEvents: 0 }, "eventStore.maxEvents"],
    [{ path: "x", maxBytes: 0.5 }, "eventStore.maxBytes"],
  ])("%j is refused at start-up", (options, message) => {
    expect(() => lmdbStore(options)).toThrow(message);
  });
});
