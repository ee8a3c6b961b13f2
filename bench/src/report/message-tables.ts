import type { MessageResult, Results, ServerEntry } from "../results.js";
import {
  formatCount,
  formatLatency,
  formatQuantity,
  formatRatio,
  formatSize,
  identify,
  isFigure,
  PROTOCOL_LABELS,
  protocolLabel,
  serverHeading,
} from "./labels.js";
import { markdownTable, MISSING } from "./markdown.js";

/** A figure of message results. */
interface Measure {
  readonly title: string;
  readonly note?: string;
  /** The text of a cell, or `undefined` if there is no figure; `kreuz` is Kreuz's result in the same row. */
  cell(result: MessageResult, kreuz?: MessageResult): string | undefined;
}

function measuresOf(unit: MessageResult["unit"]): Measure[] {
  return [
    {
      title: unit === "call" ? "Calls per second" : "Events per second",
      note: "In parentheses: ratio to Kreuz.",
      cell: throughput,
    },
    {
      title: `CPU time of the server per ${unit}, in microseconds`,
      cell: ({ microsecondsPerMessage: time }) => (isFigure(time) ? formatQuantity(time) : undefined),
    },
    {
      title: "Latency, 50th / 99th percentile, in milliseconds",
      note: `Each server at half of its own ${unit}s per second.`,
      cell: ({ latency }) => (isFigure(latency?.p99) ? formatLatency(latency) : undefined),
    },
  ];
}

/** Creates the tables of all calls or all events: one per measure and protocol, with the servers that support it. */
export function messageTables(unit: MessageResult["unit"], { messages, servers }: Results): string[] {
  const ofUnit = messages.filter((result) => result.unit === unit);
  return measuresOf(unit).flatMap(({ title, note, cell }) => {
    const measured = groupBy(
      ofUnit.filter((result) => cell(result) !== undefined),
      protocolLabel,
    );
    if (measured.size === 0) return [];
    const tables = PROTOCOL_LABELS.flatMap((name) => {
      const results = measured.get(name);
      return results === undefined ? [] : [`#### ${name}`, table(cell, results, servers)];
    });
    return [`### ${title}`, ...(note === undefined ? [] : [note]), ...tables];
  });
}

function table(cell: Measure["cell"], results: readonly MessageResult[], servers: readonly ServerEntry[]): string {
  const supporting = servers.map(({ name }) => name).filter((name) => results.some(({ server }) => server === name));
  return markdownTable(
    [
      { head: "Scenario", align: "left" },
      { head: "Payload", align: "right" },
      ...supporting.map((name) => ({ head: serverHeading(name), align: "right" }) as const),
    ],
    rowsOf(results).map((row) => {
      const { scenario, bytes } = row[0]!;
      const kreuz = row.find(({ server }) => isKreuzOnOneCore(server));
      const cells = supporting.map((name) => {
        const result = row.find(({ server }) => server === name);
        return (result && cell(result, kreuz)) ?? MISSING;
      });
      return [scenario, formatSize(bytes), ...cells];
    }),
  );
}

/** Groups results into rows by scenario and size. */
function rowsOf(results: readonly MessageResult[]): MessageResult[][] {
  return [...groupBy(results, ({ scenario }) => scenario).values()].flatMap((ofScenario) =>
    [...groupBy(ofScenario, ({ bytes }) => bytes)].toSorted(([a], [b]) => a - b).map(([, row]) => row),
  );
}

function isKreuzOnOneCore(name: string): boolean {
  const { role, twoCores } = identify(name);
  return role === "kreuz" && !twoCores;
}

function throughput(result: MessageResult, kreuz?: MessageResult): string | undefined {
  const rate = result.messagesPerSecond;
  if (!isFigure(rate)) return undefined;
  if (kreuz === undefined || kreuz === result) return formatCount(rate);
  return `${formatCount(rate)} (${formatRatio(rate / kreuz.messagesPerSecond)})`;
}

/** Groups items by key, in the order of first occurrence. */
function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
