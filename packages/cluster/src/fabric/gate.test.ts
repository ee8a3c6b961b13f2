import { FakeClock } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { pass, turn } from "../testing/time.js";
import { Gate } from "./gate.js";

/** A promise that a test settles. */
function later(): { readonly promise: Promise<void>; readonly settle: () => void } {
  let settle = (): void => {};
  const promise = new Promise<void>((resolve) => (settle = resolve));
  return { promise, settle };
}

describe("a gate", () => {
  it("lets actions wait in order until everything that it was closed for has settled", async () => {
    const gate = new Gate(new FakeClock(), 100);
    const [one, two] = [later(), later()];
    const done: number[] = [];
    gate.close(one.promise);
    gate.close(two.promise);
    for (const number of [1, 2]) void gate.run(() => void done.push(number));
    one.settle();
    await turn();
    expect(done).toEqual([]);
    two.settle();
    await turn();
    void gate.run(() => void done.push(3));
    expect(done).toEqual([1, 2, 3]);
  });

  it("lets what follows an action that closes it wait again", async () => {
    const gate = new Gate(new FakeClock(), 100);
    const [one, two] = [later(), later()];
    const done: number[] = [];
    gate.close(one.promise);
    void gate.run(() => {
      done.push(1);
      gate.close(two.promise);
      return undefined;
    });
    void gate.run(() => void done.push(2));
    one.settle();
    await turn();
    expect(done).toEqual([1]);
    two.settle();
    await turn();
    expect(done).toEqual([1, 2]);
  });

  it("runs many actions that had to wait in several turns, and those that come meanwhile after them", async () => {
    const clock = new FakeClock();
    const gate = new Gate(clock, 100);
    const first = later();
    const done: number[] = [];
    gate.close(first.promise);
    for (let number = 0; number < 1000; number++) void gate.run(() => void done.push(number));
    first.settle();
    await turn();
    expect(done.length).toBeLessThan(500);
    void gate.run(() => void done.push(1000));
    await pass(clock, 100);
    expect(done).toEqual(Array.from({ length: 1001 }, (_, number) => number));
  });

  it("rejects for an action that fails, and goes on", async () => {
    const gate = new Gate(new FakeClock(), 100);
    const first = later();
    const done: number[] = [];
    gate.close(first.promise);
    const failed = gate.run(() => {
      throw new Error("no");
    });
    void gate.run(() => void done.push(1));
    first.settle();
    await expect(failed).rejects.toThrow("no");
    expect(done).toEqual([1]);
  });
});
