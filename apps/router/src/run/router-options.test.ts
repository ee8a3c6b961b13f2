import { expect, test } from "vitest";
import { configFrom } from "../config/load-config.js";
import { roleLimits, routerOptions } from "./router-options.js";

const { config } = configFrom({
  realms: [
    {
      name: "realm1",
      auth: { anonymous: { role: "guest" } },
      roles: [{ name: "guest", limits: { messagesPerSecond: 10 } }, { name: "backend" }],
    },
  ],
  strictProgressiveResults: true,
  strictProgressiveInvocations: true,
  limits: { uriLength: 100, memoryBytes: 10_000_000, maxNestingDepth: 8 },
});

test("the router gets its own limits and switches", () => {
  const { limits, ...others } = routerOptions(config);
  expect(limits).toMatchObject({ uriLength: 100, handshakeTimeout: 10_000 });
  expect(limits).not.toHaveProperty("memoryBytes");
  expect(limits).not.toHaveProperty("maxNestingDepth");
  expect(others).toMatchObject({ strictProgressiveResults: true, strictProgressiveInvocations: true });
});

test("a role has the rates that the config gives it, and no others", () => {
  expect(roleLimits(config.realms[0]!.roles)).toEqual({ guest: { messagesPerSecond: 10 }, backend: {} });
});
