import { expect, it } from "vitest";
import { clusterChart, type ThroughputGroup } from "./cluster-chart.js";

const GROUPS: readonly ThroughputGroup[] = [
  {
    title: "Nodes",
    rows: [
      { name: "1 node", measured: 100_000, modelled: 110_000, engineCores: 0 },
      { name: "2 nodes", measured: 30_000, modelled: 80_000, engineCores: 0.25 },
    ],
  },
  { title: "Workers", rows: [{ name: "4 workers", measured: 40_000, modelled: 220_000, engineCores: 0 }] },
];

it("the chart of clusters has a title for each way to join routers, and two bars for each number of them", () => {
  const svg = clusterChart(GROUPS, "measured somewhere");
  const texts = Array.from(svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g), ([, text]) => text);
  expect(texts.slice(2, -1)).toEqual([
    ...["Nodes", "1 node", "110,000", "100,000 here", "2 nodes", "80,000, engine 0.3 cores", "30,000 here"],
    ...["Workers", "4 workers", "220,000", "40,000 here"],
  ]);
  expect(texts.at(-1)).toBe("measured somewhere");
  const bars = Array.from(svg.matchAll(/<rect class="(?:kreuz|peer second)"[^>]* y="(\d+)"[^>]*>/g), ([, y]) =>
    Number(y),
  );
  expect(bars).toHaveLength(6);
  // None lies over another one.
  for (const [index, y] of bars.entries()) if (index > 0) expect(y).toBeGreaterThan(bars[index - 1]! + 16);
});
