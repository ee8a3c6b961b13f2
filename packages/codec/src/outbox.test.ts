import { describe, expect, it } from "vitest";
import { ConfigError } from "./config-error.js";
import { DEFAULT_OUTBOX_HIGH_WATER, DEFAULT_OUTBOX_LIMIT, outboxLimitsOf } from "./outbox.js";

describe("outboxLimitsOf", () => {
  it("fills in the defaults", () => {
    expect(outboxLimitsOf()).toEqual({
      highWater: DEFAULT_OUTBOX_HIGH_WATER,
      lowWater: DEFAULT_OUTBOX_HIGH_WATER / 4,
      limit: DEFAULT_OUTBOX_LIMIT,
    });
  });

  it("derives the other two from a given high-water mark", () => {
    expect(outboxLimitsOf({ highWater: 1000 })).toEqual({
      highWater: 1000,
      lowWater: 250,
      limit: DEFAULT_OUTBOX_LIMIT,
    });
    expect(outboxLimitsOf({ highWater: 2 ** 30 }).limit).toBe(2 ** 30);
  });

  it.each([
    { highWater: 0 },
    { highWater: 5, limit: 4 },
    { highWater: 5, lowWater: 6 },
    { lowWater: -1 },
    { limit: NaN },
  ])("refuses %o", (limits) => {
    expect(() => outboxLimitsOf(limits)).toThrow(ConfigError);
  });
});
