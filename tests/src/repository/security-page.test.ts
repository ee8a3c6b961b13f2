// Tests SECURITY.md: the tests that it names exist, and its table of attacks lists those of the tests, with their figures.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const ROOT = new URL("../../../", import.meta.url);
const PAGE = readFileSync(new URL("SECURITY.md", ROOT), "utf8");
const ROWS = PAGE.split("\n")
  .filter((line) => line.startsWith("| "))
  .map((line) => line.split("|").map((cell) => cell.trim()));

const PROMISES = ROWS.filter((cells) => cells.length === 4 && cells[2]?.includes("`"));
/** Attack, its test, the attacker's cost, the router's CPU time and memory, the other client. */
const ATTACKS = ROWS.filter((cells) => cells.length === 8 && /\d/.test(cells[4] ?? ""));

const FOLDER = new URL("tests/src/app/attacks/", ROOT);
const TITLES = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".test.ts"))
  .flatMap((name) => {
    const source = readFileSync(new URL(name, FOLDER), "utf8");
    return Array.from(
      source.matchAll(/(?:withOtherClient|attackedBy|floodOf)\(\s*"([^"]+)"/g),
      ([, title = ""]) => `${title} | ${name}`,
    );
  });

test.each(PROMISES)("%s%s", (_, _promise, tests = "") => {
  const named = Array.from(tests.matchAll(/`([^`]+\.test\.ts)`/g), ([, path = ""]) => path);
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((path) => !existsSync(new URL(path, ROOT)))).toEqual([]);
});

test("there are promises about strangers, guests, users and operators", () => {
  const headings = Array.from(PAGE.matchAll(/^### (.+)$/gm), ([, heading = ""]) => heading);
  for (const who of ["stranger", "guest", "user", "operator"])
    expect(
      headings.some((heading) => heading.includes(who)),
      who,
    ).toBe(true);
  expect(PROMISES.length).toBeGreaterThan(20);
});

test("every attack of the tests is in the table, and no other", () => {
  const listed = ATTACKS.map(([, attack = "", name = ""]) => `${attack} | ${name.replaceAll("`", "")}`);
  expect(listed.toSorted()).toEqual(TITLES.toSorted());
});

test.each(ATTACKS)("%sthe figures of %s are measured", (_, _attack, _test, ...figures) => {
  const [attacker, cpu, memory, longest] = figures;
  expect(attacker).toMatch(/^\d+\.\d\d s/);
  expect(cpu).toMatch(/^\d+\.\d\d s$/);
  expect(memory).toMatch(/^\d+ MiB$/);
  expect(longest).toMatch(/^\d+ ms$/);
});
