// Keeps docs/metrics.md true: its table is that of the code. `METRICS_PAGE=write` writes it.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { METRICS } from "@kreuz/metrics";
import { expect, test } from "vitest";
import { clusterMetrics } from "../support/cluster-metrics.js";
import { ROOT } from "./sources.js";

const PAGE = join(ROOT, "docs/metrics.md");
const HEAD = "| metric | type | labels | meaning |\n| --- | --- | --- | --- |\n";

const ROWS = METRICS.map(({ name, type, labels, help }) => [
  `\`kreuz_${name}\``,
  type,
  Object.entries(labels)
    .map(([label, values]) => `\`${label}\`: ${values}`)
    .join("; "),
  help,
]);

test("docs/metrics.md has every metric of clusters", async () => {
  const page = await readFile(PAGE, "utf8");
  const section = page.slice(page.indexOf("## Clusters"), page.indexOf("## Groups of URIs"));
  const rows = Array.from(section.matchAll(/^\| (`[^|]*)\|([^|]*)\|(.*?)\|$/gm), ([, ...cells]) =>
    cells.map((cell) => cell.trim()),
  );
  expect(rows).toEqual(clusterMetrics().map(({ name, type, help }) => [`\`${name}\``, type, help]));
});

test("docs/metrics.md has every metric with its type, labels and meaning", async () => {
  const page = await readFile(PAGE, "utf8");
  if (process.env["METRICS_PAGE"] === "write") {
    const table = HEAD + ROWS.map((cells) => `| ${cells.join(" | ")} |\n`).join("");
    await writeFile(PAGE, page.replace(/^\| metric[^]*?\n(?!\|)/m, table));
    return;
  }
  const found = Array.from(page.matchAll(/^\| (`kreuz_[^|]*)\|([^|]*)\|([^|]*)\|(.*?)\|$/gm), ([, ...cells]) =>
    cells.map((cell) => cell.trim()),
  );
  expect(found).toEqual(ROWS);
});
