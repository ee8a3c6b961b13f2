import { setImmediate as turn } from "node:timers/promises";
import { PatternIndex } from "@kreuz/router";
import { median } from "./statistics.js";

const SIZES = [10, 1_000, 100_000];
const ROUNDS = 5;
/** How long one round takes at least, in milliseconds. */
const ROUND = 20;
/** URIs that are looked up in turn, so that no cache of the machine's makes one of them look cheap. */
const URIS = 512;

/** How the patterns of one row of the table are made, and the URIs that are looked up in them. */
interface Kind {
  readonly name: string;
  add(index: PatternIndex<number>, value: number): void;
}

/** Like an application's topics: ten domains with as many parts each as it takes, a hundred sensors in a part. */
function uri(value: number): string {
  return `com.example.domain${value % 10}.part${Math.floor(value / 1000)}.sensor${value % 100}.id${value}`;
}

const KINDS: readonly Kind[] = [
  { name: "exact", add: (index, value) => index.set(uri(value), "exact", value) },
  { name: "prefix", add: (index, value) => index.set(`${uri(value)}.`, "prefix", value) },
  {
    name: "wildcard",
    add: (index, value) => {
      const components = `${uri(value)}.changed`.split(".");
      // A different component is left open in each, never the one that tells them apart.
      components[2 + (value % 3)] = "";
      index.set(components.join("."), "wildcard", value);
    },
  },
  {
    name: "all three",
    add: (index, value) => KINDS[value % 3]!.add(index, value),
  },
];

/** What one look-up costs among 10, 1,000 and 100,000 patterns, as lines of a table. */
export async function benchMatch(): Promise<string[]> {
  const lines = [
    "match time of one URI, nanoseconds (ratio to 10 patterns)",
    row(
      "patterns",
      SIZES.map((size) => size.toLocaleString("en")),
    ),
  ];
  for (const kind of KINDS)
    for (const [name, lookUp] of [
      ["a call: best()", (index, uri) => index.best(uri)],
      ["an event: all()", (index, uri) => index.all(uri)],
    ] satisfies Array<[string, (index: PatternIndex<number>, uri: string) => unknown]>) {
      const costs: number[] = [];
      for (const size of SIZES) costs.push(await cost(kind, size, lookUp));
      const cells = costs.map((ns) => `${ns.toFixed(0)} (${(ns / costs[0]!).toFixed(1)} ×)`);
      lines.push(row(`${kind.name}, ${name}`, cells));
    }
  return lines;
}

async function cost(
  kind: Kind,
  size: number,
  lookUp: (index: PatternIndex<number>, uri: string) => unknown,
): Promise<number> {
  const index = new PatternIndex<number>();
  for (let value = 0; value < size; value++) kind.add(index, value);
  const uris = Array.from({ length: URIS }, (_, at) => `${uri(Math.floor((at * size) / URIS))}.changed`);
  if (kind.name === "exact") for (const [at, changed] of uris.entries()) uris[at] = changed.replace(/\.changed$/, "");
  const rounds: number[] = [];
  // One more, to warm up.
  for (let round = 0; round <= ROUNDS; round++) {
    rounds.push(time(() => uris.reduce((found, one) => found + (lookUp(index, one) === undefined ? 0 : 1), 0)) / URIS);
    await turn();
  }
  return median(rounds.slice(1));
}

/** Nanoseconds that one run of `action` takes. It must find something, or nothing was measured. */
function time(action: () => number): number {
  const began = performance.now();
  let runs = 0;
  let elapsed = 0;
  for (; elapsed < ROUND; elapsed = performance.now() - began) {
    if (action() === 0) throw new Error("nothing was found");
    runs++;
  }
  return (elapsed * 1e6) / runs;
}

function row(name: string, cells: readonly string[]): string {
  return `  ${name.padEnd(28)}${cells.map((cell) => cell.padStart(16)).join("")}`;
}
