import type { MessageResult, Results, ServerEntry } from "../results.js";
import { groupBy, isFigure } from "./collections.js";
import { count, percentiles, quantity, ratio, size } from "./format.js";
import { markdownTable, MISSING } from "./markdown.js";
import { heading, identify } from "./labels.js";
import { carriage, CARRIAGES } from "./wording.js";

/** What tables can show of messages. */
interface Measure {
  readonly title: string;
  readonly note?: string;
  /** What is in a cell, if there is anything; `kreuz` is Kreuz's result in the same row. */
  cell(result: MessageResult, kreuz?: MessageResult): string | undefined;
}

function measuresOf(unit: MessageResult["unit"]): Measure[] {
  return [
    {
      title: unit === "call" ? "Calls per second" : "Events per second",
      note: "In brackets: how many times as many as Kreuz.",
      cell: throughput,
    },
    {
      title: `CPU time of the server per ${unit}, in microseconds`,
      cell: ({ microsecondsPerMessage: time }) => (isFigure(time) ? quantity(time) : undefined),
    },
    {
      title: "Latency, 50th / 99th percentile, in milliseconds",
      note: `Each server at half of its own ${unit}s per second.`,
      cell: ({ latency }) => (isFigure(latency?.p99) ? percentiles(latency) : undefined),
    },
  ];
}

/** Tables of all calls, or of all events: for each measure one per codec and transport, of the servers that speak them. */
export function messageTables(unit: MessageResult["unit"], { messages, servers }: Results): string[] {
  const ofUnit = messages.filter((result) => result.unit === unit);
  return measuresOf(unit).flatMap(({ title, note, cell }) => {
    const measured = groupBy(
      ofUnit.filter((result) => cell(result) !== undefined),
      carriage,
    );
    if (measured.size === 0) return [];
    const tables = CARRIAGES.flatMap((name) => {
      const results = measured.get(name);
      return results === undefined ? [] : [`#### ${name}`, table(cell, results, servers)];
    });
    return [`### ${title}`, ...(note === undefined ? [] : [note]), ...tables];
  });
}

function table(cell: Measure["cell"], results: readonly MessageResult[], servers: readonly ServerEntry[]): string {
  const speakers = servers.map(({ name }) => name).filter((name) => results.some(({ server }) => server === name));
  return markdownTable(
    [
      { head: "Scenario", align: "left" },
      { head: "Payload", align: "right" },
      ...speakers.map((name) => ({ head: heading(name), align: "right" }) as const),
    ],
    rowsOf(results).map((row) => {
      const { scenario, bytes } = row[0]!;
      const kreuz = row.find(({ server }) => isKreuzOnOneCore(server));
      const cells = speakers.map((name) => {
        const result = row.find(({ server }) => server === name);
        return (result && cell(result, kreuz)) ?? MISSING;
      });
      return [scenario, size(bytes), ...cells];
    }),
  );
}

/** What belongs into one row, by shape and then by size. */
function rowsOf(results: readonly MessageResult[]): MessageResult[][] {
  return [...groupBy(results, ({ scenario }) => scenario).values()].flatMap((ofShape) =>
    [...groupBy(ofShape, ({ bytes }) => bytes)].toSorted(([a], [b]) => a - b).map(([, row]) => row),
  );
}

function isKreuzOnOneCore(name: string): boolean {
  const { role, twoCores } = identify(name);
  return role === "kreuz" && !twoCores;
}

function throughput(result: MessageResult, kreuz?: MessageResult): string | undefined {
  const rate = result.messagesPerSecond;
  if (!isFigure(rate)) return undefined;
  if (kreuz === undefined || kreuz === result) return count(rate);
  return `${count(rate)} (${ratio(rate / kreuz.messagesPerSecond)})`;
}
