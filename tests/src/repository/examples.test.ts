// Tests that the examples are complete, listed, and made of the packages of this repository.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "./sources.js";

const read = (...path: readonly string[]): string => readFileSync(join(ROOT, ...path), "utf8");
const folders = readdirSync(join(ROOT, "examples"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
const tests = readdirSync(join(ROOT, "tests", "src", "examples")).map((name) => read("tests", "src", "examples", name));

describe.each(folders.map(({ name }) => name))("examples/%s", (name) => {
  test("has a README, a row in the table, and a test", () => {
    expect(existsSync(join(ROOT, "examples", name, "README.md"))).toBe(true);
    expect(read("examples", "README.md")).toMatch(new RegExp(`^\\| \\[\`${name}\`\\]\\(${name}\\)`, "m"));
    expect(tests.some((text) => text.includes(`"${name}"`))).toBe(true);
  });
});

test("no package of ours comes from a registry: the versions that examples name are those of this repository", () => {
  expect(read("pnpm-lock.yaml")).not.toMatch(/^ {2}'?(?:@kreuz\/[\w-]+|kreuz)@\d/m);
});
