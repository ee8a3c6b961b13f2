import { EventEmitter } from "node:events";
import { FakeClock } from "@kreuz/testkit";
import { describe, expect, test } from "vitest";
import { firstSignal, SignalTask } from "./process-events.js";

function listen() {
  const process = new EventEmitter();
  const clock = new FakeClock();
  const exits: number[] = [];
  const signal = firstSignal(process, clock, (code) => exits.push(code));
  return { process, clock, exits, signal };
}

describe("firstSignal", () => {
  test.each(["SIGINT", "SIGTERM"])("resolves with %s", async (name) => {
    const { process, exits, signal } = listen();
    process.emit(name, name);
    expect(await signal).toBe(name);
    expect(exits).toEqual([]);
  });

  test("ignores the echo of a Ctrl-C", () => {
    const { process, clock, exits } = listen();
    process.emit("SIGINT", "SIGINT");
    clock.advance(299);
    process.emit("SIGINT", "SIGINT");
    expect(exits).toEqual([]);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ])("exits at once at a second %s", (name, code) => {
    const { process, clock, exits } = listen();
    process.emit("SIGINT", "SIGINT");
    clock.advance(300);
    process.emit(name, name);
    expect(exits).toEqual([code]);
  });
});

describe("a signal task", () => {
  test("runs for a signal that came before it was given, and once more for those that come while it runs", async () => {
    const process = new EventEmitter();
    const task = new SignalTask(process, "SIGHUP");
    const ends: (() => void)[] = [];
    process.emit("SIGHUP");
    task.handle(() => new Promise((resolve) => ends.push(resolve)));
    expect(ends).toHaveLength(1);
    process.emit("SIGHUP");
    process.emit("SIGHUP");
    expect(ends).toHaveLength(1);
    ends[0]!();
    await Promise.resolve();
    expect(ends).toHaveLength(2);
    ends[1]!();
    await Promise.resolve();
    await Promise.resolve();
    expect(ends).toHaveLength(2);
  });
});
