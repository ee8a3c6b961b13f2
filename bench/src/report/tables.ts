import type { ChurnResult, IdleResult, JoinResult, Results, ServerEntry } from "../results.js";
import { describeRun, listSkipped, listVersions } from "./caption.js";
import {
  formatCount,
  formatKib,
  formatLatency,
  formatQuantity,
  isFigure,
  serverHeading,
  sortServers,
} from "./labels.js";
import { type Column, escapeMarkdown, markdownTable, MISSING } from "./markdown.js";
import { messageTables } from "./message-tables.js";

/** A column of figures. */
interface FigureColumn<T> {
  readonly head: string;
  cell(result: T): string;
}

const JOINS: ReadonlyArray<FigureColumn<JoinResult>> = [
  { head: "Joins per second", cell: ({ joinsPerSecond }) => orMissing(formatCount, joinsPerSecond) },
  { head: "CPU time per join, µs", cell: ({ microsecondsPerJoin }) => orMissing(formatQuantity, microsecondsPerJoin) },
];

const IDLE: ReadonlyArray<FigureColumn<IdleResult>> = [
  { head: "Sessions", cell: ({ sessions }) => orMissing(formatCount, sessions) },
  { head: "Resident per session, KiB", cell: ({ bytesPerSession }) => orMissing(formatKib, bytesPerSession) },
];

const CHURN: ReadonlyArray<FigureColumn<ChurnResult>> = [
  { head: "Joins per second", cell: ({ joinsPerSecond }) => orMissing(formatCount, joinsPerSecond) },
  { head: "Events per second", cell: ({ eventsPerSecond }) => orMissing(formatCount, eventsPerSecond) },
  ...(["count", "list", "get"] as const).map((procedure) => ({
    head: `${procedure}, ms`,
    cell: ({ latency }: ChurnResult): string =>
      isFigure(latency[procedure].p99) ? formatLatency(latency[procedure]) : MISSING,
  })),
  { head: "Cores in use", cell: ({ cpu }) => orMissing(formatQuantity, cpu) },
];

/** Formats all results as Markdown. The first headings are of level 2. */
export function tablesOf(results: Results): string {
  const ordered: Results = { ...results, servers: sortServers(results.servers) };
  const rpc = messageTables("call", ordered);
  const fanOut = messageTables("event", ordered);
  const skipped = listSkipped(results);
  const blocks = [
    `${escapeMarkdown(describeRun(results))}.`,
    `Versions: ${escapeMarkdown(listVersions(results).join(", "))}.`,
    ...(skipped === "" ? [] : [`Not measured: ${escapeMarkdown(skipped)}.`]),
    ...(rpc.length === 0 ? [] : ["## RPC", ...rpc]),
    ...(fanOut.length === 0 ? [] : ["## Fan-out", ...fanOut]),
    ...sessionTables(ordered),
  ];
  return `${blocks.join("\n\n")}\n`;
}

/** Creates the tables of joins, idle sessions and churn, without those that were not measured. */
function sessionTables({ joins, idle, churn, servers }: Results): string[] {
  return [
    ...section(
      "Joins",
      "Sessions that join, 32 at a time; one subscriber receives each `on_join`.",
      JOINS,
      joins,
      servers,
    ),
    ...section("Idle sessions", "Sessions that have joined and do nothing.", IDLE, idle, servers),
    ...section(
      "Session meta API under churn",
      "Calls while sessions join and leave and 100 subscribers receive each `on_join`. " +
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
  const figures: Column[] = columns.map(({ head }) => ({ head, align: "right" }));
  const rows = servers.flatMap(({ name }) =>
    results
      .filter(({ server }) => server === name)
      .map((result) => [serverHeading(name), ...columns.map(({ cell }) => cell(result))]),
  );
  return [`## ${title}`, note, markdownTable([{ head: "Server", align: "left" }, ...figures], rows)];
}

function orMissing(print: (value: number) => string, value: number): string {
  return isFigure(value) ? print(value) : MISSING;
}
