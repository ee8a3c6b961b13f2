// Tests that the tests that SECURITY.md names exist.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";

const ROOT = new URL("../../../", import.meta.url);
const PAGE = await readFile(new URL("SECURITY.md", ROOT), "utf8");
const PROMISES = PAGE.split("\n").filter((line) => line.startsWith("| ") && line.includes("`"));

test.each(PROMISES.map((line) => line.split("|").map((cell) => cell.trim())))("%s%s", (_, _promise, tests = "") => {
  const named = Array.from(tests.matchAll(/`([^`]+\.test\.ts)`/g), ([, path = ""]) => path);
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((path) => !existsSync(new URL(path, ROOT)))).toEqual([]);
});

test("there are promises", () => {
  expect(PROMISES.length).toBeGreaterThan(10);
});
