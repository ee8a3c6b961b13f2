import type { Comparison } from "../compare.js";
import type { ManyConnectionsResult } from "../many-connections.js";
import type { Row } from "../relay-rows.js";
import type { IdleResult, JoinResult } from "../results.js";
import { formatCount, formatKib, formatLatency, formatQuantity } from "./labels.js";
import { type Column, markdownTable, MISSING } from "./markdown.js";

export interface SessionsRow {
  readonly server: string;
  readonly joins: JoinResult;
  readonly idle: IdleResult;
}

export interface ManyConnectionsRow {
  readonly server: string;
  readonly result: ManyConnectionsResult;
}

/** The router and the plain relay as ratios to the relay. */
export function messagesTable(rows: ReadonlyArray<{ readonly row: Row; readonly comparison: Comparison }>): string {
  return markdownTable(
    columns(
      "Row",
      "CPU time, of the relay's",
      "half of the turns",
      "without a library",
      "calls or events/s, of the relay's",
    ),
    rows.map(({ row, comparison: { ratio, spread, router, relay, plainRelay } }) => [
      row.name,
      ratio.toFixed(2),
      spread.map((bound) => bound.toFixed(2)).join("–"),
      plainRelay === undefined
        ? MISSING
        : (plainRelay.microsecondsPerMessage / relay.microsecondsPerMessage).toFixed(2),
      (router.messagesPerSecond / relay.messagesPerSecond).toFixed(2),
    ]),
  );
}

/** Joins and idle sessions, and then very many connections. */
export function sessionsTables(sessions: readonly SessionsRow[], connections: readonly ManyConnectionsRow[]): string {
  const joins = markdownTable(
    columns("Server", "joins/s", "CPU time per join, µs", "KiB per idle session", "of it heap"),
    sessions.map(({ server, joins: { joinsPerSecond, microsecondsPerJoin }, idle }) => [
      server,
      formatCount(joinsPerSecond),
      formatQuantity(microsecondsPerJoin),
      formatKib(idle.bytesPerSession),
      idle.heapPerSession === undefined ? MISSING : formatKib(idle.heapPerSession),
    ]),
  );
  const many = markdownTable(
    columns("Server", "connections, a call a second each", "% of a core", "latency, 50th / 99th percentile, ms"),
    connections.map(({ server, result }) => [
      server,
      result.connections.toLocaleString("en"),
      (100 * result.cpu).toFixed(0),
      formatLatency(result),
    ]),
  );
  return `${joins}\n\n${many}`;
}

function columns(first: string, ...figures: readonly string[]): Column[] {
  return [{ head: first, align: "left" }, ...figures.map((head): Column => ({ head, align: "right" }))];
}
