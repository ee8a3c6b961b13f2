import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { bundle } from "../support/bundle.js";

it("the client for a page, JSON over WebSocket, takes at most 7.85 kB, minified and compressed", async () => {
  const code = await bundle(new URL("page-entry.ts", import.meta.url), { minify: true, format: "es" });
  expect(code).not.toMatch(/\bfrom"|^import /m);
  expect(code).toContain("wamp.2.json");
  expect(gzipSync(code, { level: 9 }).length).toBeLessThanOrEqual(7850);
});
