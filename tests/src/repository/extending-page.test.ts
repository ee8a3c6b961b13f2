// Keeps docs/extending.md true: it has every function that defines an extension, every event and every guard.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as codec from "@kreuz/codec";
import * as history from "@kreuz/event-history/contract";
import * as testkit from "@kreuz/plugin-testkit";
import * as router from "@kreuz/router";
import { expect, test } from "vitest";
import { ROOT } from "./sources.js";

const page = await readFile(join(ROOT, "docs", "extending.md"), "utf8");

/** The names in the first column of the tables under a heading. */
function firstColumn(heading: string): string[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(heading)) ?? "";
  const cells = Array.from(section.matchAll(/^\| (`[^|]*)\|/gm), ([, cell = ""]) => cell);
  return cells.flatMap((cell) => Array.from(cell.matchAll(/`(\w+)`/g), ([, name = ""]) => name));
}

/** The members of an interface in the sources. */
async function membersOf(file: string, name: string): Promise<string[]> {
  const source = await readFile(join(ROOT, "packages/router/src/plugin", file), "utf8");
  const body = new RegExp(`export interface ${name} \\{\\n(.*?)^\\}`, "ms").exec(source)?.[1] ?? "";
  return Array.from(body.matchAll(/^ {2}(\w+)[(:]/gm), ([, member = ""]) => member);
}

test("every function that defines an extension", () => {
  const defined = [...Object.keys(codec), ...Object.keys(router)].filter((name) => /^define[A-Z]/.test(name));
  const shown = Array.from(page.matchAll(/`(define[A-Z]\w*)`/g), ([, name = ""]) => name);
  expect([...new Set(shown)].toSorted()).toEqual([...new Set(defined)].toSorted());
});

test("every contract that extensions are tested with", () => {
  const named = [...Object.keys(testkit), ...Object.keys(history)].filter((name) => /[a-z]Contract$/.test(name));
  const shown = Array.from(page.matchAll(/`([a-z]\w*Contract)`/g), ([, name = ""]) => name);
  expect([...new Set(shown)].toSorted()).toEqual(named.toSorted());
});

test("every event", async () => {
  const events = await membersOf("realm-events.ts", "RealmEvents");
  expect(events.length).toBeGreaterThan(10);
  const ofRouter = await membersOf("router-plugin.ts", "RouterEvents");
  expect(ofRouter.length).toBeGreaterThan(2);
  expect(firstColumn("What a plugin can hear").toSorted()).toEqual([...events, ...ofRouter].toSorted());
});

test("every guard", async () => {
  expect(firstColumn("What a plugin can refuse").toSorted()).toEqual(
    (await membersOf("guards.ts", "GuardedKinds")).toSorted(),
  );
});
