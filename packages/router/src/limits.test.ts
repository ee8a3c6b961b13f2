import { ConfigError } from "@kreuz/codec";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS, limitsWithDefaults, type RouterLimits } from "./limits.js";

describe("limitsWithDefaults", () => {
  it("fills in what is not given", () => {
    expect(limitsWithDefaults()).toEqual(DEFAULT_LIMITS);
    expect(limitsWithDefaults({ sessionsPerRealm: 7 })).toEqual({ ...DEFAULT_LIMITS, sessionsPerRealm: 7 });
  });

  it("names the limit that is wrong, and what came", () => {
    const refuse = (limits: object): void => void limitsWithDefaults(limits as Partial<RouterLimits>);
    expect(() => refuse({ sessionsPerRealm: 0 })).toThrow(ConfigError);
    expect(() => refuse({ sessionsPerRealm: "7" })).toThrow("limits.sessionsPerRealm: expected an integer from 1");
    expect(() => refuse({ goodbyeTimeout: 2 ** 31 })).toThrow("got 2147483648");
    expect(() => refuse({ toString: 1 })).toThrow("limits.toString: unknown limit");
  });
});
