import type { Results } from "../results.js";
import type { Figure } from "./figures.js";
import { day } from "./format.js";
import { identify, inOrder, label } from "./labels.js";

/** When and on what it was measured, and how often. */
export function circumstances({ date, machine, rounds }: Results): string {
  const { cpu, cores, system, node } = machine;
  const medians = `medians of ${rounds} ${rounds === 1 ? "round" : "rounds"}`;
  return [
    day(date),
    `${cpu}, ${cores} ${cores === 1 ? "core" : "cores"}`,
    system,
    `Node ${node.replace(/^v/, "")}`,
    medians,
  ].join(" · ");
}

/** Each server with its version, once even where it was measured on one core and on two. */
export function versions({ servers }: Results): string[] {
  return [...new Set(inOrder(servers).map(({ name, version }) => `${label(identify(name).base)} ${version}`))];
}

/** The peers that could not be measured, and why; empty when there are none. */
export function leftOut({ skipped }: Results): string {
  return skipped.map(({ name, reason }) => `${name} (${reason})`).join(", ");
}

/** Which of the routers that ran have no bar where; empty when none is missing. */
export function gaps({ servers }: Results, figures: readonly Figure[]): string {
  return servers
    .map(({ name }) => identify(name))
    .filter(({ role, twoCores }) => role !== "limit" && !twoCores)
    .map(({ base }) => ({ base, missing: figures.filter(({ values }) => !hasBar(values, base)) }))
    .filter(({ missing }) => missing.length > 0)
    .map(({ base, missing }) => `${base} (${missing.map(({ title }) => inner(title)).join("; ")})`)
    .join(", ");
}

function hasBar(values: ReadonlyMap<string, number>, base: string): boolean {
  return [...values.keys()].some((name) => identify(name).base === base);
}

/** A title in the middle of a sentence; `CPU` stays as it is. */
function inner(title: string): string {
  return /^[A-Z][a-z]/.test(title) ? title[0]!.toLowerCase() + title.slice(1) : title;
}
