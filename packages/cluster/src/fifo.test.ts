import { describe, expect, it } from "vitest";
import { Fifo } from "./fifo.js";

describe("a fifo", () => {
  it("gives back what it was given, in order, whatever comes in between", () => {
    const fifo = new Fifo<number>();
    let [given, taken] = [0, 0];
    for (let round = 0; round < 200; round++) {
      for (let count = (round * 7919) % 97; count > 0; count--) fifo.push(given++);
      expect(fifo.last).toBe(given > taken ? given - 1 : undefined);
      for (let count = (round * 104_729) % 89; count > 0 && taken < given; count--) {
        expect(fifo.first).toBe(taken);
        expect(fifo.shift()).toBe(taken++);
      }
      expect(fifo.length).toBe(given - taken);
    }
    while (taken < given) expect(fifo.shift()).toBe(taken++);
    expect([fifo.first, fifo.last, fifo.shift(), fifo.length]).toEqual([undefined, undefined, undefined, 0]);
  });
});
