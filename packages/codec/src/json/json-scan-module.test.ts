import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { compile, TARGET } from "../../wasm/build.mjs";
import { MODULE_BASE64 } from "./json-scan-module.js";

it("the module is what its source compiles to, byte for byte", async () => {
  expect(await readFile(TARGET, "utf8")).toBe(await compile());
});

it("the module is small enough for browsers to compile it at once on the main thread", () => {
  expect(Buffer.from(MODULE_BASE64, "base64").length).toBeLessThanOrEqual(4096);
});
