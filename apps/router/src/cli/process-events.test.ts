import { EventEmitter } from "node:events";
import { FakeClock } from "@kreuz/testkit";
import { describe, expect, test } from "vitest";
import { firstSignal } from "./process-events.js";

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
