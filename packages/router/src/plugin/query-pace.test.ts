import { ErrorUri, type Id } from "@kreuz/codec";
import { FakeClock, settle } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { CounterMetrics } from "../metrics.js";
import { EventHub } from "./event-hub.js";
import { EVENT_NAMES, type RealmEvents } from "./realm-events.js";
import { QueryPace, type QueryWork } from "./query-pace.js";
import { silentLogger } from "../logger.js";

function scene(maxPerSession = 4) {
  const [clock, metrics, events] = [
    new FakeClock(),
    new CounterMetrics(),
    new EventHub<RealmEvents>(EVENT_NAMES, silentLogger),
  ];
  const on: ConstructorParameters<typeof QueryPace>[0]["on"] = (event, listener) => events.on(event, "test", listener);
  const pace = new QueryPace({ clock, metrics, on }, maxPerSession);
  const log: string[] = [];
  /** A query that works in steps of 100 units, and says so. */
  const run = (session: Id, name: string, steps: number): Promise<string> =>
    pace.run(session, async (work: QueryWork) => {
      for (let step = 1; step <= steps; step++) {
        log.push(`${name}${step}`);
        await work.spend(100);
      }
      return name;
    });
  const leave = (session: Id): void => events.emit("sessionLeft", { session } as never, { reason: "x" });
  return { clock, metrics, pace, log, run, leave };
}

describe("QueryPace", () => {
  it("lets a small query run at once", async () => {
    const { run, clock } = scene();
    expect(await run(1, "a", 3)).toBe("a");
    expect(clock.pending).toBe(0);
  });

  it("gives each query its share in order, and all together a bounded part of a turn", async () => {
    const { run, log, clock } = scene();
    const all = [run(1, "a", 9), run(2, "b", 9), run(3, "c", 1)];
    await settle();
    expect(log).toEqual(["a1", "a2", "a3", "b1", "b2", "b3", "c1", "a4", "a5", "a6", "b4"]);
    clock.advance(0);
    await settle();
    clock.advance(0);
    expect(await Promise.all(all)).toEqual(["a", "b", "c"]);
    expect(log).toHaveLength(19);
  });

  it("small queries in one turn add up when they come together", async () => {
    const { run, log, clock } = scene(100);
    const all = Array.from({ length: 30 }, (_, index) => run(index, "q", 1));
    await settle();
    expect(log.length).toBeLessThan(15);
    for (let turn = 0; turn < 5; turn++) {
      clock.advance(0);
      await settle();
    }
    await Promise.all(all);
    expect(clock.pending).toBe(0);
  });

  it("refuses more than a few of one session, counts that, and takes others", async () => {
    const { run, metrics, clock } = scene(2);
    const busy = [run(1, "a", 30), run(1, "b", 30)];
    await expect(run(1, "c", 1)).rejects.toMatchObject({
      uri: ErrorUri.LIMIT_EXCEEDED,
      message: expect.stringContaining("2 queries under way, the maximum") as string,
    });
    expect(metrics.get("limit_queries_per_session")).toBe(1);
    const other = run(2, "d", 1);
    for (let turn = 0; turn < 10; turn++) {
      clock.advance(0);
      await settle();
    }
    await Promise.all([...busy, other]);
    expect(await run(1, "c", 1)).toBe("c");
  });

  it("abandons the queries of a session that leaves, waiting or at work", async () => {
    const { run, log, leave, clock } = scene();
    const gone = [run(1, "a", 30), run(1, "b", 30)];
    const stays = run(2, "c", 5);
    const outcomes = Promise.allSettled(gone);
    await settle();
    leave(1);
    for (let turn = 0; turn < 5; turn++) {
      clock.advance(0);
      await settle();
    }
    expect(await outcomes).toMatchObject([
      { status: "rejected", reason: { uri: ErrorUri.CANCELED } },
      { status: "rejected", reason: { uri: ErrorUri.CANCELED } },
    ]);
    expect(await stays).toBe("c");
    expect(log.filter((line) => line.startsWith("a")).length).toBeLessThan(10);
    expect(clock.pending).toBe(0);
  });

  it("goes on after a query that fails", async () => {
    const { pace, run } = scene();
    await expect(pace.run(1, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await run(1, "a", 1)).toBe("a");
  });
});
