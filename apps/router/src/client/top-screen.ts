import type { HistogramNumbers, RouterState, SessionPage, SessionRow, Stats } from "@kreuz/admin";
import { printable } from "../log/printable.js";

/** What is shown. */
export interface Snapshot {
  readonly router: RouterState;
  readonly stats: Stats;
  /** The numbers of the time before. */
  readonly before: Stats;
  /** The realm whose sessions are shown. */
  readonly realm: string;
  readonly sort: string;
  readonly sessions: SessionPage;
}

/** The lines of `kreuz top`: no longer than the terminal is wide, and no more than it is high. */
export function topScreen(snapshot: Snapshot, columns: number, rows: number): readonly string[] {
  const { realm, sort, sessions } = snapshot;
  const head = [
    ...summary(snapshot),
    ...nodeLines(snapshot),
    "",
    `${printable(realm)}: ${count(sessions.total)} sessions, by ${sort}${sessions.incomplete === true ? ", incomplete" : ""}`,
  ];
  const table = sessionTable(sessions.items.slice(0, Math.max(0, rows - head.length - 1)), columns);
  return [...head, ...table].slice(0, rows).map((line) => line.slice(0, columns).trimEnd());
}

function summary({ router, stats, before }: Snapshot): readonly string[] {
  const seconds = Math.max(0.001, (stats.at - before.at) / 1000);
  const rate = (of: (numbers: Stats) => number): number => Math.max(0, (of(stats) - of(before)) / seconds);
  const { process, listeners } = stats;
  const sessions = router.realms.reduce((sum, { sessions: each }) => sum + each, 0);
  const listenerSum = (key: "outboxBytes" | "slowConnections"): number =>
    Object.values(listeners).reduce((sum, numbers) => sum + numbers[key], 0);
  const state = router.ready ? "ready" : router.because.join(", ");
  const cells: readonly (readonly string[])[] = [
    [
      `Kreuz ${router.version}`,
      printable(router.host),
      ...(router.nodes === undefined ? [] : [`node ${router.nodes[0]?.name} of ${router.nodes.length}`]),
      `up ${duration(stats.at - router.started)}`,
      printable(state),
      `${count(sessions)} sessions`,
    ],
    [
      `in ${count(rate((now) => sumOver(now, "messagesIn")))} msg/s ${bytes(rate((now) => bytesOf(now, "bytesIn")))}/s`,
      `out ${count(rate((now) => sumOver(now, "messagesOut")))} msg/s ${bytes(rate((now) => bytesOf(now, "bytesOut")))}/s`,
      `calls ${count(rate((now) => sumOver(now, "calls")))}/s`,
      `p99 ${quantile(stats, before, 0.99)}`,
    ],
    [
      `loop p99 ${milliseconds(process.eventLoopDelay.p99)}`,
      `cpu ${Math.round(100 * rate((now) => now.process.cpuSeconds))}%`,
      `memory ${bytes(process.memoryBytes)}`,
      `outbox ${bytes(listenerSum("outboxBytes"))}`,
      `slow ${count(listenerSum("slowConnections"))}`,
      `dropped ${count(rate((now) => sumOver(now, "eventsDropped")))}/s`,
    ],
  ];
  return cells.map((row) => row.join("   "));
}

/** In a cluster, a line for each node, and what is to be mended. */
function nodeLines({ router, stats, before }: Snapshot): readonly string[] {
  if (router.nodes === undefined) return [];
  const lines = router.nodes.map(({ name, ready, because }) => {
    const numbers = stats.nodes?.find(({ node }) => node === name);
    const then = before.nodes?.find(({ node }) => node === name);
    const state = [printable(name), ready ? "ready" : printable(because.join(", "))];
    if (numbers === undefined) return state;
    const { process, sessions, at } = numbers;
    const cpu =
      then === undefined || at <= then.at ? 0 : (process.cpuSeconds - then.process.cpuSeconds) / (at - then.at);
    return [
      ...state,
      `${count(sessions)} sessions`,
      `cpu ${Math.round(100_000 * Math.max(0, cpu))}%`,
      `loop p99 ${milliseconds(process.eventLoopDelay.p99)}`,
      `memory ${bytes(process.memoryBytes)}`,
    ];
  });
  const silent = (router.unreachable ?? []).map((name) => [printable(name), "does not answer"]);
  return ["", ...[...lines, ...silent].map((cells) => cells.join("   ")), ...(router.warnings ?? []).map(printable)];
}

/** What is text gives way where the terminal is narrow, in this order. */
const NAMES = ["PEER", "AUTHID", "ROLE", "NODE"];
const MIN_WIDTH = 6;

/** Numbers keep their width; names give way where the terminal is narrow. */
function sessionTable(items: readonly SessionRow[], columns: number): readonly string[] {
  const clustered = items.some(({ node }) => node !== undefined);
  const head = ["SESSION", "AUTHID", "ROLE", ...(clustered ? ["NODE"] : []), "PEER", "IN", "OUT", "BUFFER", "DROPPED"];
  const rows = [head, ...items.map((row) => cellsOf(row, clustered))];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  let excess = widths.reduce((sum, width) => sum + width, 2 * (head.length - 1)) - columns;
  for (const column of NAMES.map((name) => head.indexOf(name)).filter((index) => index >= 0)) {
    const given = Math.max(0, Math.min(excess, widths[column]! - MIN_WIDTH));
    widths[column]! -= given;
    excess -= given;
  }
  const isText = (column: number): boolean => NAMES.includes(head[column]!);
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column]!;
        return isText(column) ? fit(cell, width).padEnd(width) : cell.padStart(width);
      })
      .join("  "),
  );
}

function cellsOf(row: SessionRow, clustered: boolean): readonly string[] {
  return [
    String(row.session),
    printable(row.authid),
    printable(row.authrole),
    ...(clustered ? [printable(row.node ?? "")] : []),
    printable(row.peer ?? row.transport),
    count(row.messagesIn),
    count(row.messagesOut),
    `${bytes(row.bufferedBytes)}${row.slow ? "!" : ""}`,
    count(row.eventsDropped),
  ];
}

function fit(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

function sumOver({ realms }: Stats, key: "messagesIn" | "messagesOut" | "calls" | "eventsDropped"): number {
  let sum = 0;
  for (const realm of Object.values(realms)) for (const number of Object.values(realm[key])) sum += number;
  return sum;
}

function bytesOf({ listeners }: Stats, key: "bytesIn" | "bytesOut"): number {
  return Object.values(listeners).reduce((sum, numbers) => sum + numbers[key], 0);
}

/** The upper bound of the bucket that a share of the calls since the time before fell into. */
function quantile(stats: Stats, before: Stats, share: number): string {
  const names = Object.keys(stats.realms);
  const histograms = names.map((name): [HistogramNumbers, HistogramNumbers | undefined] => [
    stats.realms[name]!.callSeconds,
    before.realms[name]?.callSeconds,
  ]);
  const bounds = histograms[0]?.[0].bounds ?? [];
  const counts = Array.from({ length: bounds.length + 1 }, (_, index) =>
    histograms.reduce((sum, [now, then]) => sum + (now.counts[index] ?? 0) - (then?.counts[index] ?? 0), 0),
  );
  const total = counts.reduce((sum, each) => sum + each, 0);
  if (total === 0) return "-";
  let seen = 0;
  const index = counts.findIndex((each) => (seen += each) >= share * total);
  const bound = bounds[index];
  return bound === undefined ? `>${milliseconds(bounds.at(-1) ?? 0)}` : `<${milliseconds(bound)}`;
}

function count(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(1)}k`;
  return String(Math.round(value));
}

function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let scaled = value;
  let unit = 0;
  while (scaled >= 1000 && unit < units.length - 1) {
    scaled /= 1000;
    unit++;
  }
  return `${unit === 0 || scaled >= 100 ? Math.round(scaled) : scaled.toFixed(1)} ${units[unit]}`;
}

function milliseconds(seconds: number): string {
  const ms = seconds * 1000;
  return `${ms < 10 ? Number(ms.toFixed(1)) : Math.round(ms)} ms`;
}

function duration(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return `${Math.max(0, Math.floor(ms / 1000))}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 1) return `${minutes}m`;
  return hours < 48 ? `${hours}h${minutes % 60}m` : `${Math.floor(hours / 24)}d${hours % 24}h`;
}
