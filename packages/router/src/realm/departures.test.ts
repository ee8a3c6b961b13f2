import { FakeClock } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { Departures } from "./departures.js";

/** A clock that runs the timers of one turn at a time. */
class Turns extends FakeClock {
  #timers: (() => void)[] = [];

  override get pending(): number {
    return this.#timers.length;
  }

  override schedule(_delay: number, callback: () => void): () => void {
    this.#timers.push(callback);
    return () => {};
  }

  turn(): void {
    const timers = this.#timers;
    this.#timers = [];
    for (const timer of timers) timer();
  }
}

/** A session that takes so many steps to remove; `log` gets its name with each. */
function* steps(name: string, count: number, log: string[]): Generator<undefined, void> {
  for (let step = 0; step < count; step++) {
    log.push(name);
    yield;
  }
  log.push(`${name} is gone`);
}

describe("Departures", () => {
  it("removes a session that holds little at once, without a timer", () => {
    const [clock, log] = [new FakeClock(), [] as string[]];
    new Departures(clock).add(steps("small", 2, log));
    expect(log).toEqual(["small", "small", "small is gone"]);
    expect(clock.pending).toBe(0);
  });

  it("removes one that holds much in turns of at most 128 steps", async () => {
    const [clock, log] = [new Turns(), [] as string[]];
    const departures = new Departures(clock);
    departures.add(steps("large", 1000, log));
    const turns = [log.length];
    while (clock.pending > 0) {
      const before = log.length;
      clock.turn();
      turns.push(log.length - before);
    }
    expect(turns.slice(0, 8)).toEqual([128, 128, 128, 128, 128, 128, 128, 105]);
    expect(log.at(-1)).toBe("large is gone");
    await departures.finished();
  });

  it("tells each session once that it has left, however many leave", async () => {
    const clock = new Turns();
    const departures = new Departures(clock);
    const waiting = Array.from({ length: 1000 }, () => departures.add(steps("", 10, []))).filter(Boolean);
    let left = 0;
    for (const each of waiting) void each?.then(() => left++);
    let timers = 0;
    while (clock.pending > 0) {
      timers += clock.pending;
      clock.turn();
    }
    await Promise.all(waiting);
    expect(waiting.length).toBeGreaterThan(900);
    expect(left).toBe(waiting.length);
    // One timer a turn, not one a session and turn.
    expect(timers).toBeLessThan(400);
  });

  it("does not let one that holds little wait for those that hold much", () => {
    const [clock, log] = [new Turns(), [] as string[]];
    const departures = new Departures(clock);
    for (const name of ["a", "b", "c"]) departures.add(steps(name, 10_000, log));
    departures.add(steps("small", 2, log));
    for (let turn = 0; turn < 2; turn++) clock.turn();
    expect(log).toContain("small is gone");
    for (let turn = 0; turn < 10_000 && clock.pending > 0; turn++) clock.turn();
    expect(log.filter((entry) => entry.endsWith("is gone"))).toHaveLength(4);
  });

  it("counts sessions that hold nothing, too: many that leave at once take several turns", () => {
    const [clock, log] = [new Turns(), [] as string[]];
    const departures = new Departures(clock);
    for (let index = 0; index < 40; index++) departures.add(steps(String(index), 0, log));
    expect(log.length).toBe(16);
    clock.turn();
    expect(log.length).toBe(32);
    clock.turn();
    expect(log.length).toBe(40);
  });

  it("puts a session that leaves because of another behind it", () => {
    const [clock, log] = [new FakeClock(), [] as string[]];
    const departures = new Departures(clock);
    const first = function* (): Generator<undefined, void> {
      departures.add(steps("second", 1, log));
      log.push("first");
      yield;
    };
    departures.add(first());
    expect(log).toEqual(["first", "second", "second is gone"]);
  });

  it("goes on when a step fails", () => {
    const [clock, log] = [new FakeClock(), [] as string[]];
    const departures = new Departures(clock);
    const broken = function* (): Generator<undefined, void> {
      yield;
      throw new Error("a bug");
    };
    expect(() => departures.add(broken())).toThrow("a bug");
    departures.add(steps("next", 1, log));
    expect(log).toEqual(["next", "next is gone"]);
  });
});
