import { describe, expect, it } from "vitest";
import { GroupCommit } from "./group-commit.js";

/** Commits that fail while `broken`. */
function scene() {
  let time = 0;
  const clock = {
    now: () => time,
    monotonic: () => time,
    schedule: () => () => {},
    advance: (ms: number) => void (time += ms),
  };
  const groups: (readonly number[])[] = [];
  const state = { broken: false };
  const commits = new GroupCommit<number>(clock, async (items) => {
    groups.push(items);
    await Promise.resolve();
    if (state.broken) throw new Error("full");
    return false;
  });
  return { clock, groups, state, commits };
}

describe("GroupCommit", () => {
  it("commits what arrives in one turn together, in order, in bounded groups", async () => {
    const { commits, groups } = scene();
    await Promise.all(Array.from({ length: 1_200 }, (_, item) => commits.add(item, 1)));
    expect(groups.map(({ length }) => length)).toEqual([512, 512, 176]);
    expect(groups.flat()).toEqual(Array.from({ length: 1_200 }, (_, item) => item));
    await Promise.all([1, 2, 3].map((item) => commits.add(item, 1024 * 1024)));
    expect(groups.slice(3)).toEqual([[1], [2], [3]]);
  });

  it("after a failure refuses without trying for a moment, longer each time, and then goes on", async () => {
    const { commits, groups, state, clock } = scene();
    state.broken = true;
    await expect(commits.add(1, 1)).rejects.toThrow("full");
    await expect(commits.add(2, 1)).rejects.toThrow("full");
    expect(groups).toEqual([[1]]);
    clock.advance(1_000);
    await expect(commits.add(3, 1)).rejects.toThrow("full");
    clock.advance(1_000);
    state.broken = false;
    await expect(commits.add(4, 1)).rejects.toThrow("full");
    clock.advance(1_000);
    await commits.add(5, 1);
    await commits.add(6, 1);
    expect(groups).toEqual([[1], [3], [5], [6]]);
  });

  it("refuses what waits behind a failed group, too: nothing is stored out of order", async () => {
    const { commits, groups, state } = scene();
    state.broken = true;
    const outcomes = await Promise.allSettled(Array.from({ length: 1_000 }, (_, item) => commits.add(item, 1)));
    expect(outcomes.every(({ status }) => status === "rejected")).toBe(true);
    expect(groups).toHaveLength(1);
  });
});
