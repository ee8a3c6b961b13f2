import type { RealmNumbers, Stats } from "@kreuz/admin/contract";
import { observedSince, quantile } from "./quantile.js";

/** What a realm, or the process, did in about a second. `null`: nothing to tell. */
export interface Sample {
  readonly sessions: number | null;
  /** Per second, as all rates. */
  readonly messagesIn: number | null;
  readonly messagesOut: number | null;
  readonly calls: number | null;
  readonly failedCalls: number | null;
  readonly publications: number | null;
  readonly events: number | null;
  readonly dropped: number | null;
  /** Seconds. */
  readonly callP50: number | null;
  readonly callP99: number | null;
  /** Seconds that the event loop was late. */
  readonly loopDelay: number | null;
  /** CPU time per time: 1 is one core. */
  readonly cpu: number | null;
  readonly memory: number | null;
}

export type SampleKey = keyof Sample;

/** Names of all numbers of a sample. */
export const SAMPLE_KEYS: readonly SampleKey[] = [
  "sessions",
  "messagesIn",
  "messagesOut",
  "calls",
  "failedCalls",
  "publications",
  "events",
  "dropped",
  "callP50",
  "callP99",
  "loopDelay",
  "cpu",
  "memory",
];

/** What happened in a realm between two readings of all numbers. */
export function sampleOf(realm: string, now: Stats, before: Stats | undefined): Sample {
  const numbers = now.realms[realm];
  const earlier = before?.realms[realm];
  const seconds = before === undefined ? 0 : (now.at - before.at) / 1000;
  const perSecond = (read: (numbers: RealmNumbers) => number): number | null => {
    if (numbers === undefined || earlier === undefined || seconds <= 0) return null;
    return Math.max(0, read(numbers) - read(earlier)) / seconds;
  };
  const durations = numbers === undefined ? undefined : observedSince(numbers.callSeconds, earlier?.callSeconds);
  const atShare = (share: number): number | null =>
    durations === undefined || earlier === undefined ? null : (quantile(durations, share) ?? null);
  return {
    sessions: numbers?.sessions ?? null,
    messagesIn: perSecond(({ messagesIn }) => sumOf(messagesIn)),
    messagesOut: perSecond(({ messagesOut }) => sumOf(messagesOut)),
    calls: perSecond(({ calls }) => sumOf(calls)),
    failedCalls: perSecond(({ calls }) => sumOf(calls) - (calls["ok"] ?? 0)),
    publications: perSecond(({ publications }) => publications),
    events: perSecond(({ messagesOut }) => messagesOut["EVENT"] ?? 0),
    dropped: perSecond(({ eventsDropped }) => sumOf(eventsDropped)),
    callP50: atShare(0.5),
    callP99: atShare(0.99),
    loopDelay: now.process.eventLoopDelay.p99,
    cpu: cpuBetween(before, now),
    memory: now.process.memoryBytes,
  };
}

/** CPU time per time between two readings of a process, or of several; `null` when one is missing. */
export function cpuBetween(before: Reading | undefined, now: Reading | undefined): number | null {
  if (before === undefined || now === undefined || now.at <= before.at) return null;
  return Math.max(0, now.process.cpuSeconds - before.process.cpuSeconds) / ((now.at - before.at) / 1000);
}

type Reading = Pick<Stats, "at" | "process">;

/** The sum of numbers that are kept by name. */
export function sumOf(numbers: Readonly<Record<string, number>>): number {
  let sum = 0;
  for (const value of Object.values(numbers)) sum += value;
  return sum;
}
