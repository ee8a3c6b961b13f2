import { setImmediate as nextTurn } from "node:timers/promises";
import { PatternIndex } from "@kreuz/router";
import { median } from "./statistics.js";

const SIZES = [10, 1_000, 100_000];
const ROUNDS = 5;
const MIN_ROUND_MS = 20;
/** Enough different URIs that CPU caches do not distort the figure. */
const URIS = 512;

type LookUp = (index: PatternIndex<number>, uri: string) => unknown;

/** A kind of patterns. */
interface Kind {
  readonly name: string;
  add(index: PatternIndex<number>, value: number): void;
}

const KINDS: readonly Kind[] = [
  { name: "exact", add: (index, value) => index.set(uri(value), "exact", value) },
  { name: "prefix", add: (index, value) => index.set(`${uri(value)}.`, "prefix", value) },
  {
    name: "wildcard",
    add: (index, value) => {
      const components = `${uri(value)}.changed`.split(".");
      // Leaves a different component open in each pattern, but never the one that distinguishes them.
      components[2 + (value % 3)] = "";
      index.set(components.join("."), "wildcard", value);
    },
  },
  {
    name: "all three",
    add: (index, value) => KINDS[value % 3]!.add(index, value),
  },
];

const LOOK_UPS: readonly (readonly [string, LookUp])[] = [
  ["a call: best()", (index, uri) => index.best(uri)],
  ["an event: all()", (index, uri) => index.all(uri)],
];

/** Measures a look-up among 10, 1,000 and 100,000 patterns. @returns the lines of a table. */
export async function benchmarkPatterns(): Promise<string[]> {
  const sizes = SIZES.map((size) => size.toLocaleString("en"));
  const lines = ["match of one URI, nanoseconds (ratio to 10 patterns)", row("patterns", sizes)];
  for (const kind of KINDS)
    for (const [name, lookUp] of LOOK_UPS) {
      const costs: number[] = [];
      for (const size of SIZES) costs.push(await nanosecondsPerLookUp(kind, size, lookUp));
      const cells = costs.map((ns) => `${ns.toFixed(0)} (${(ns / costs[0]!).toFixed(1)} ×)`);
      lines.push(row(`${kind.name}, ${name}`, cells));
    }
  return lines;
}

/** URIs like those of an application: ten domains with many parts each, a hundred sensors per part. */
function uri(value: number): string {
  return `com.example.domain${value % 10}.part${Math.floor(value / 1000)}.sensor${value % 100}.id${value}`;
}

async function nanosecondsPerLookUp(kind: Kind, size: number, lookUp: LookUp): Promise<number> {
  const index = new PatternIndex<number>();
  for (let value = 0; value < size; value++) kind.add(index, value);
  const suffix = kind.name === "exact" ? "" : ".changed";
  const uris = Array.from({ length: URIS }, (_, at) => `${uri(Math.floor((at * size) / URIS))}${suffix}`);
  const rounds: number[] = [];
  // The first round warms up and does not count.
  for (let round = 0; round <= ROUNDS; round++) {
    rounds.push(time(() => uris.reduce((found, one) => found + (lookUp(index, one) === undefined ? 0 : 1), 0)) / URIS);
    await nextTurn();
  }
  return median(rounds.slice(1));
}

/** Returns the nanoseconds that one run of `action` takes. */
function time(action: () => number): number {
  const began = performance.now();
  let runs = 0;
  let elapsed = 0;
  for (; elapsed < MIN_ROUND_MS; elapsed = performance.now() - began) {
    if (action() === 0) throw new Error("no pattern matched: the benchmark measures nothing");
    runs++;
  }
  return (elapsed * 1e6) / runs;
}

function row(name: string, cells: readonly string[]): string {
  return `  ${name.padEnd(28)}${cells.map((cell) => cell.padStart(16)).join("")}`;
}
