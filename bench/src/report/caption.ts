import type { Results } from "../results.js";
import type { Figure } from "./figures.js";
import { identify, serverLabel, sortServers } from "./labels.js";

/** Describes the run: date, machine and rounds. */
export function describeRun({ date, machine, rounds }: Results): string {
  const { cpu, cores, system, node } = machine;
  return [
    date.slice(0, "2025-01-01".length),
    `${cpu}, ${cores} ${cores === 1 ? "core" : "cores"}`,
    system,
    `Node ${node.replace(/^v/, "")}`,
    `medians of ${rounds} ${rounds === 1 ? "round" : "rounds"}`,
  ].join(" · ");
}

/** Lists each server once, with its version. */
export function listVersions({ servers }: Results): string[] {
  return [
    ...new Set(sortServers(servers).map(({ name, version }) => `${serverLabel(identify(name).base)} ${version}`)),
  ];
}

/** Lists the servers that were skipped, with the reason; empty if there are none. */
export function listSkipped({ skipped }: Results): string {
  return skipped.map(({ name, reason }) => `${name} (${reason})`).join(", ");
}

/** Lists the routers that are missing in some figures; empty if there are none. */
export function listMissing({ servers }: Results, figures: readonly Figure[]): string {
  return servers
    .map(({ name }) => identify(name))
    .filter(({ role, twoCores }) => role !== "baseline" && !twoCores)
    .map(({ base }) => ({ base, missing: figures.filter(({ values }) => !hasServer(values, base)) }))
    .filter(({ missing }) => missing.length > 0)
    .map(({ base, missing }) => `${base} (${missing.map(({ title }) => lowerFirst(title)).join("; ")})`)
    .join(", ");
}

function hasServer(values: ReadonlyMap<string, number>, base: string): boolean {
  return [...values.keys()].some((name) => identify(name).base === base);
}

/** Lower-cases the first letter, but not that of `CPU`. */
function lowerFirst(title: string): string {
  return /^[A-Z][a-z]/.test(title) ? title[0]!.toLowerCase() + title.slice(1) : title;
}
