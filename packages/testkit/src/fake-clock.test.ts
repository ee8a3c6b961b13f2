import { describe, expect, it } from "vitest";
import { FakeClock } from "./fake-clock.js";

describe("FakeClock", () => {
  it("runs timers in order of time, then of scheduling", () => {
    const clock = new FakeClock(1000);
    const ran: string[] = [];
    const note = (name: string) => () => void ran.push(`${name}@${clock.now()}`);
    clock.schedule(20, note("c"));
    clock.schedule(10, note("a"));
    clock.schedule(10, note("b"));
    clock.schedule(31, note("later"));
    clock.advance(30);
    expect(ran).toEqual(["a@1010", "b@1010", "c@1020"]);
    expect(clock.now()).toBe(1030);
    expect(clock.pending).toBe(1);
  });

  it("runs timers that other timers set, if they fall due", () => {
    const clock = new FakeClock();
    const ran: number[] = [];
    const again = (): void => {
      ran.push(clock.now());
      clock.schedule(10, again);
    };
    clock.schedule(10, again);
    clock.advance(35);
    expect(ran).toEqual([10, 20, 30]);
  });

  it("does not run a canceled timer", () => {
    const clock = new FakeClock();
    const cancel = clock.schedule(1, () => expect.unreachable());
    cancel();
    cancel();
    expect(clock.pending).toBe(0);
    clock.advance(10);
  });
});
