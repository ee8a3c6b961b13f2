// Every limit that the router or a plugin counts has its counter from the start.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { LIMIT_METRICS } from "@kreuz/router";
import { expect, test } from "vitest";
import { isForTests, packageFolders, ROOT, sourcesOf } from "./sources.js";

test("every limit that is counted is listed, and every one listed is counted", async () => {
  const counted = new Set<string>();
  for (const folder of await packageFolders())
    for (const file of await sourcesOf(folder)) {
      if (isForTests(file) || file === "metrics.ts") continue;
      const source = await readFile(join(ROOT, folder, "src", file), "utf8");
      for (const [, limit = ""] of source.matchAll(/"(limit_(?!hits_total)\w+)"/g)) counted.add(limit);
    }
  expect([...counted].toSorted()).toEqual(LIMIT_METRICS.toSorted());
});
