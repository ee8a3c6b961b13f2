import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "./clock.js";

const DAY = 24 * 60 * 60 * 1000;

describe("systemClock", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("calls once after the delay, and never once canceled", () => {
    const [kept, dropped] = [vi.fn<() => void>(), vi.fn<() => void>()];
    systemClock.schedule(100, kept);
    systemClock.schedule(100, dropped)();
    vi.advanceTimersByTime(99);
    expect(kept).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1000);
    expect(kept).toHaveBeenCalledTimes(1);
    expect(dropped).not.toHaveBeenCalled();
  });

  it("supports delays beyond the maximum of a JavaScript timer", () => {
    const [kept, dropped] = [vi.fn<() => void>(), vi.fn<() => void>()];
    systemClock.schedule(60 * DAY, kept);
    const cancel = systemClock.schedule(60 * DAY, dropped);
    vi.advanceTimersByTime(30 * DAY);
    cancel();
    vi.advanceTimersByTime(30 * DAY - 1);
    expect(kept).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(kept).toHaveBeenCalledTimes(1);
    expect(dropped).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
