import { createContext, runInContext } from "node:vm";
import { beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../support/bundle.js";

/** Globals of browsers and workers, and none of Node. */
const WEB_GLOBALS = {
  TextEncoder,
  TextDecoder,
  crypto,
  setTimeout,
  clearTimeout,
  queueMicrotask,
  performance,
  AbortController,
  atob,
  btoa,
};

describe("Portability: codec, router, plugins and transport-memory run without Node", () => {
  let code = "";

  beforeAll(async () => {
    code = await bundle(new URL("portable-entry.ts", import.meta.url));
  }, 60_000);

  it("the bundle of their sources imports nothing", () => {
    expect(code.length).toBeGreaterThan(50_000);
    expect(code).not.toMatch(/\b(?:require|import)\s*\(|^\s*import\s/m);
    expect(code).not.toContain("browser-external");
    expect(code).not.toContain('"node:');
  });

  it("sessions, calls, events, meta APIs, history, local sessions and shutdown work with every codec", async () => {
    const context = createContext({ ...WEB_GLOBALS });
    for (const name of ["process", "Buffer", "require", "global", "setImmediate", "module"])
      expect(runInContext(`typeof ${name}`, context)).toBe("undefined");
    runInContext(code, context);
    const outcome: unknown = JSON.parse(await (runInContext("portable.run()", context) as Promise<string>));
    const expected = {
      agent: "Kreuz",
      result: [["ü€😀", 2 ** 40], { a: [true, null] }],
      event: [0, 255],
      count: [2],
      kept: 1,
      called: ["local"],
      goodbye: "wamp.close.system_shutdown",
    };
    expect(outcome).toEqual({ json: expected, msgpack: expected, cbor: expected });
  });
});
