import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { version } from "./version.js";

test("the version is that of the package; `node scripts/write-version.mjs` writes it", async () => {
  const manifest = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8")) as object;
  expect(manifest).toMatchObject({ version: version() });
});
