import type { MessageResult, Results } from "../results.js";
import { isFigure } from "./collections.js";
import { count, kib, quantity, size } from "./format.js";
import { carriage } from "./wording.js";

const SMALL = 64;
const LARGE = 16 * 1024;
const RPC = "RPC 8×16";
const FAN_OUT = "fan-out 1→100";
/** What every router speaks, so that none is missing. */
const COMMON = { codec: "json", transport: "websocket" } as const;

/** One question that a reader has, and each server's answer. */
export interface Figure {
  readonly title: string;
  /** Under what conditions it was measured. */
  readonly conditions: string;
  readonly better: "more" | "less";
  readonly values: ReadonlyMap<string, number>;
  /** A value in print, with its unit where the title does not say it. */
  print(value: number): string;
}

/** What the chart shows, in reading order; of figures that no server has, nothing. */
export function figuresOf(results: Results): Figure[] {
  const figures: Figure[] = [
    {
      title: "Calls per second",
      conditions: `${RPC}, ${carriage(COMMON)}, ${size(SMALL)}`,
      better: "more",
      values: ofMessages(results, RPC, SMALL, (result) => result.messagesPerSecond),
      print: count,
    },
    {
      title: "Events per second",
      conditions: `${FAN_OUT}, ${carriage(COMMON)}, ${size(SMALL)}`,
      better: "more",
      values: ofMessages(results, FAN_OUT, SMALL, (result) => result.messagesPerSecond),
      print: count,
    },
    {
      title: "Latency of calls, 99th percentile",
      conditions: `${size(SMALL)}, each at half of its calls per second`,
      better: "less",
      values: ofMessages(results, RPC, SMALL, (result) => result.latency?.p99),
      print: (value) => `${quantity(value)} ms`,
    },
    {
      title: `CPU time per call of ${size(LARGE)}`,
      conditions: `${RPC}, ${carriage(COMMON)}`,
      better: "less",
      values: ofMessages(results, RPC, LARGE, (result) => result.microsecondsPerMessage),
      print: (value) => `${quantity(value)} µs`,
    },
    {
      title: "Joins per second",
      conditions: "one after the other, on_join to one subscriber",
      better: "more",
      values: byServer(results.joins, (result) => result.joinsPerSecond),
      print: count,
    },
    {
      title: "Memory of an idle session",
      conditions: `resident, ${sessions(results)}`,
      better: "less",
      values: byServer(results.idle, (result) => result.bytesPerSession),
      print: (value) => `${kib(value)} KiB`,
    },
  ];
  return figures.filter(({ values }) => values.size > 0);
}

function ofMessages(
  { messages }: Results,
  scenario: string,
  bytes: number,
  figure: (result: MessageResult) => number | undefined,
): Map<string, number> {
  const wanted = messages.filter(
    (result) =>
      result.scenario === scenario &&
      result.bytes === bytes &&
      result.codec === COMMON.codec &&
      result.transport === COMMON.transport,
  );
  return byServer(wanted, figure);
}

function byServer<T extends { readonly server: string }>(
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

/** A server that could not hold as many was measured with fewer. */
function sessions({ idle }: Results): string {
  const numbers = [...new Set(idle.map(({ sessions }) => sessions))].toSorted((a, b) => a - b).map(count);
  return numbers.length > 1 ? `${numbers[0]} to ${numbers.at(-1)} sessions` : `${numbers[0]} sessions`;
}
