import type { ChurnResult, IdleResult, JoinResult, Results, ServerEntry } from "../results.js";
import { isFigure } from "./collections.js";
import { count, kib, percentiles, quantity } from "./format.js";
import { markdownTable, MISSING, type Column } from "./markdown.js";
import { heading } from "./labels.js";

/** A column with figures, and what it takes from a result. */
interface FigureColumn<T> {
  readonly head: string;
  cell(result: T): string;
}

/** A figure in print, or what stands in its place. */
function orMissing(print: (value: number) => string, value: number): string {
  return isFigure(value) ? print(value) : MISSING;
}

const JOINS: ReadonlyArray<FigureColumn<JoinResult>> = [
  { head: "Joins per second", cell: ({ joinsPerSecond }) => orMissing(count, joinsPerSecond) },
  { head: "CPU time per join, µs", cell: ({ microsecondsPerJoin }) => orMissing(quantity, microsecondsPerJoin) },
];

const IDLE: ReadonlyArray<FigureColumn<IdleResult>> = [
  { head: "Sessions", cell: ({ sessions }) => orMissing(count, sessions) },
  { head: "Resident per session, KiB", cell: ({ bytesPerSession }) => orMissing(kib, bytesPerSession) },
];

const CHURN: ReadonlyArray<FigureColumn<ChurnResult>> = [
  { head: "Joins per second", cell: ({ joinsPerSecond }) => orMissing(count, joinsPerSecond) },
  { head: "Events per second", cell: ({ eventsPerSecond }) => orMissing(count, eventsPerSecond) },
  ...(["count", "list", "get"] as const).map((procedure) => ({
    head: `${procedure}, ms`,
    cell: ({ latency }: ChurnResult): string =>
      isFigure(latency[procedure].p99) ? percentiles(latency[procedure]) : MISSING,
  })),
  { head: "Cores in use", cell: ({ cpu }) => orMissing(quantity, cpu) },
];

/** A table each of joins, idle sessions and churn; of what was not measured, none. */
export function sessionTables({ joins, idle, churn, servers }: Results): string[] {
  return [
    ...section("Joins", "Sessions that join one after the other; one subscriber hears of each.", JOINS, joins, servers),
    ...section("Idle sessions", "Sessions that have joined and do nothing.", IDLE, idle, servers),
    ...section(
      "Session meta API under churn",
      "Calls while sessions come and go and 100 subscribers hear of each that joins. " +
        "Latency of `wamp.session.count`, `list` and `get`: 50th / 99th percentile.",
      CHURN,
      churn,
      servers,
    ),
  ];
}

function section<T extends { readonly server: string }>(
  title: string,
  note: string,
  columns: ReadonlyArray<FigureColumn<T>>,
  results: readonly T[],
  servers: readonly ServerEntry[],
): string[] {
  if (results.length === 0) return [];
  const heads: Column[] = columns.map(({ head }) => ({ head, align: "right" }));
  const rows = servers.flatMap(({ name }) =>
    results
      .filter(({ server }) => server === name)
      .map((result) => [heading(name), ...columns.map(({ cell }) => cell(result))]),
  );
  return [`## ${title}`, note, markdownTable([{ head: "Server", align: "left" }, ...heads], rows)];
}
