import type { MessageResult, Results } from "../results.js";
import { formatCount, formatKib, formatQuantity, formatSize, isFigure, protocolLabel } from "./labels.js";

const SMALL = 64;
const LARGE = 16 * 1024;
const RPC = "RPC 8×16";
const FAN_OUT = "fan-out 1→100";
/** All routers support it, so none is missing. */
const PROTOCOL = { codec: "json", transport: "websocket" } as const;

/** A quantity, and its value for each server. */
export interface Figure {
  readonly title: string;
  /** The conditions of the measurement. */
  readonly conditions: string;
  readonly better: "more" | "less";
  readonly values: ReadonlyMap<string, number>;
  /** Formats a value, with its unit unless the title has it. */
  print(value: number): string;
}

/** The figures of the chart, in reading order, without those that no server has. */
export function figuresOf(results: Results): Figure[] {
  const figures: Figure[] = [
    {
      title: "Calls per second",
      conditions: `${RPC}, ${protocolLabel(PROTOCOL)}, ${formatSize(SMALL)}`,
      better: "more",
      values: messageValues(results, RPC, SMALL, (result) => result.messagesPerSecond),
      print: formatCount,
    },
    {
      title: "Events per second",
      conditions: `${FAN_OUT}, ${protocolLabel(PROTOCOL)}, ${formatSize(SMALL)}`,
      better: "more",
      values: messageValues(results, FAN_OUT, SMALL, (result) => result.messagesPerSecond),
      print: formatCount,
    },
    {
      title: "Latency of calls, 99th percentile",
      conditions: `${formatSize(SMALL)}, each at half of its calls per second`,
      better: "less",
      values: messageValues(results, RPC, SMALL, (result) => result.latency?.p99),
      print: (value) => `${formatQuantity(value)} ms`,
    },
    {
      title: `CPU time per call of ${formatSize(LARGE)}`,
      conditions: `${RPC}, ${protocolLabel(PROTOCOL)}`,
      better: "less",
      values: messageValues(results, RPC, LARGE, (result) => result.microsecondsPerMessage),
      print: (value) => `${formatQuantity(value)} µs`,
    },
    {
      title: "Joins per second",
      conditions: "32 at a time, on_join to one subscriber",
      better: "more",
      values: valuesByServer(results.joins, (result) => result.joinsPerSecond),
      print: formatCount,
    },
    {
      title: "Memory of an idle session",
      conditions: `resident, ${sessionCount(results)}`,
      better: "less",
      values: valuesByServer(results.idle, (result) => result.bytesPerSession),
      print: (value) => `${formatKib(value)} KiB`,
    },
  ];
  return figures.filter(({ values }) => values.size > 0);
}

function messageValues(
  { messages }: Results,
  scenario: string,
  bytes: number,
  figure: (result: MessageResult) => number | undefined,
): Map<string, number> {
  const selected = messages.filter(
    (result) =>
      result.scenario === scenario &&
      result.bytes === bytes &&
      result.codec === PROTOCOL.codec &&
      result.transport === PROTOCOL.transport,
  );
  return valuesByServer(selected, figure);
}

function valuesByServer<T extends { readonly server: string }>(
  results: readonly T[],
  figure: (result: T) => number | undefined,
): Map<string, number> {
  return new Map(
    results.flatMap((result) => {
      const value = figure(result);
      return isFigure(value) ? [[result.server, value] as const] : [];
    }),
  );
}

/** A range if some servers were measured with fewer sessions. */
function sessionCount({ idle }: Results): string {
  const numbers = [...new Set(idle.map(({ sessions }) => sessions))].toSorted((a, b) => a - b).map(formatCount);
  return numbers.length > 1 ? `${numbers[0]} to ${numbers.at(-1)} sessions` : `${numbers[0]} sessions`;
}
