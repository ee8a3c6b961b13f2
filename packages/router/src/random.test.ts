import { isId, MAX_ID } from "@kreuz/codec";
import { afterEach, describe, expect, it, vi } from "vitest";
import { CryptoRandom } from "./random.js";

/** Lets the platform's generator give these words, over and over. */
function feed(...words: readonly number[]): void {
  vi.spyOn(crypto, "getRandomValues").mockImplementation((array) => {
    if (!(array instanceof Uint32Array)) throw new TypeError("words were expected");
    for (let index = 0; index < array.length; index++) array[index] = words[index % words.length]!;
    return array;
  });
}

describe("CryptoRandom", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("gives ids from 1 to 2^53, both ends included (spec: IDs, global scope)", () => {
    feed(0, 0);
    expect(new CryptoRandom().id()).toBe(1);
    feed(0xffff_ffff, 0xffff_ffff);
    expect(new CryptoRandom().id()).toBe(MAX_ID);
    feed(1 << 11, 0);
    expect(new CryptoRandom().id()).toBe(2 ** 32 + 1);
  });

  it("gives ids uniformly: each bit is set about half of the time, and none comes twice", () => {
    const random = new CryptoRandom();
    const ids = Array.from({ length: 20_000 }, () => random.id());
    expect(ids.every(isId)).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
    for (let bit = 0; bit < 53; bit++) {
      const set = ids.filter((id) => Math.floor((id - 1) / 2 ** bit) % 2 === 1).length;
      // Twelve standard deviations.
      expect(Math.abs(set - 10_000)).toBeLessThan(850);
    }
  });

  it("gives names that are readable and not repeated", () => {
    const random = new CryptoRandom();
    const names = Array.from({ length: 1000 }, () => random.name());
    expect(new Set(names).size).toBe(1000);
    for (const name of names) expect(name).toMatch(/^[34579ACEFGHJ-NP-Y]{4}(?:-[34579ACEFGHJ-NP-Y]{4}){5}$/);
    const letters = new Set(names.join("").replaceAll("-", ""));
    expect(letters.size).toBe(25);
  });

  it("prefers no letter: words beyond the last whole alphabet are thrown away", () => {
    feed(0xffff_ffff, 0);
    expect(new CryptoRandom().name()).toBe("3333-3333-3333-3333-3333-3333");
  });
});
