import { type ListenerCounts, MessageType, type MessageName } from "@kreuz/codec";
import { AUTHENTICATION_RESULTS, type Histogram, REFUSALS, type RealmStats, type Tally } from "@kreuz/router";
import type { Change, HistogramNumbers, ListenerNumbers, RealmNumbers, Stats } from "./contract.js";
import type { AdminSource } from "./source.js";

const MESSAGES = Object.entries(MessageType) as readonly [MessageName, number][];

/** Reads all numbers as they are now. @param realms - the names of those to read. */
export function readStats(source: AdminSource, realms: readonly string[], now: number): Stats {
  return {
    at: now,
    process: source.process.stats(),
    listeners: Object.fromEntries(Array.from(source.listeners(), ({ name, stats }) => [name, listenerNumbers(stats)])),
    limits: Object.fromEntries(source.limits()),
    realms: Object.fromEntries(
      realms.flatMap((name) => {
        const stats = source.router.stats(name);
        return stats === undefined ? [] : [[name, realmNumbers(stats)]];
      }),
    ),
  };
}

/** The open connections of a listener. */
export function connectionsOf({ open }: Pick<ListenerCounts, "open">): number {
  let connections = 0;
  for (const { count } of open) connections += count;
  return connections;
}

function listenerNumbers(stats: ListenerCounts): ListenerNumbers {
  const { opened, refused, closed, bytesIn, bytesOut, outboxBytes, slowConnections } = stats;
  return {
    connections: connectionsOf(stats),
    opened,
    refused: { ...refused },
    closed: { ...closed },
    bytesIn,
    bytesOut,
    outboxBytes,
    slowConnections,
  };
}

function realmNumbers(stats: RealmStats): RealmNumbers {
  return {
    sessions: stats.sessions,
    joined: tally(stats.joined),
    left: tally(stats.left),
    authentications: record(AUTHENTICATION_RESULTS, (result) => stats.authenticationsWith(result)),
    refused: record(REFUSALS, (reason) => stats.refusedFor(reason)),
    messagesIn: messages(stats.received),
    messagesOut: messages(stats.sent),
    calls: tally(stats.calls),
    callSeconds: histogram(stats.callSeconds),
    callsPending: stats.callsPending,
    callsQueued: stats.callsQueued,
    subscriptions: stats.subscriptions.total,
    registrations: stats.registrations.total,
    publications: stats.publications,
    fanOut: histogram(stats.fanOut),
    eventsDropped: tally(stats.eventsDropped),
    retainedEvents: stats.retainedEvents,
    retainedBytes: stats.retainedBytes,
    protocolViolations: stats.protocolViolations,
  };
}

function tally<K extends string>(counts: Tally<K>): Readonly<Record<string, number>> {
  return record(counts.keys, (key) => counts.get(key));
}

function record<K extends string>(keys: readonly K[], read: (key: K) => number): Readonly<Record<string, number>> {
  return Object.fromEntries(keys.map((key) => [key, read(key)]));
}

/** Those that there have been any of. */
function messages(counts: Float64Array): Readonly<Record<string, number>> {
  const seen = MESSAGES.map(([name, code]) => [name, counts[code]!] as const).filter(([, count]) => count > 0);
  return Object.fromEntries(seen);
}

function histogram({ bounds, cumulative, sum }: Histogram): HistogramNumbers {
  return { bounds, counts: cumulative.map((count, index) => count - (cumulative[index - 1] ?? 0)), sum };
}

/** What differs in `now`, in its shape; `undefined` when nothing does. Lists differ as a whole. */
export function changeOf<T>(before: T | undefined, now: T): Change<T> | undefined {
  if (Object.is(before, now)) return undefined;
  if (typeof now !== "object" || now === null || typeof before !== "object" || before === null) return now as Change<T>;
  if (Array.isArray(now)) return isSameList(before, now) ? undefined : (now as Change<T>);
  const changes = Object.entries(now).flatMap(([key, value]): [string, unknown][] => {
    const change = changeOf((before as Record<string, unknown>)[key], value as unknown);
    return change === undefined ? [] : [[key, change]];
  });
  return changes.length === 0 ? undefined : (Object.fromEntries(changes) as Change<T>);
}

function isSameList(one: unknown, other: readonly unknown[]): boolean {
  return Array.isArray(one) && one.length === other.length && one.every((item, index) => Object.is(item, other[index]));
}
