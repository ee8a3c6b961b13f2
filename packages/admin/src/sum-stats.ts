import type { ProcessStats, RealmNumbers, Stats } from "./contract.js";

type Numbers = Readonly<Record<string, unknown>>;

/** The numbers of several nodes as those of one; see {@link Stats}. @param own - of the node that tells them. */
export function sumStats(own: Stats, others: readonly Stats[]): Stats {
  const all = [own, ...others];
  return {
    ...own,
    process: all.map(({ process }) => process).reduce(sumProcess),
    listeners: all.map(({ listeners }) => listeners).reduce(sum),
    limits: all.map(({ limits }) => limits).reduce(sum),
    realms: Object.fromEntries(
      Object.entries(own.realms).map(([name, numbers]) => [
        name,
        sumRealm(
          numbers,
          others.flatMap(({ realms }) => realms[name] ?? []),
        ),
      ]),
    ),
  };
}

function sumProcess(one: ProcessStats, other: ProcessStats): ProcessStats {
  const [delay, others] = [one.eventLoopDelay, other.eventLoopDelay];
  return {
    ...sum(one, other),
    eventLoopDelay: {
      p50: Math.max(delay.p50, others.p50),
      p99: Math.max(delay.p99, others.p99),
      max: Math.max(delay.max, others.max),
    },
  };
}

/** Each node knows the registrations of all. */
function sumRealm(own: RealmNumbers, others: readonly RealmNumbers[]): RealmNumbers {
  return { ...others.reduce(sum, own), registrations: own.registrations };
}

/** Adds numbers by their names; what one of the two does not have counts nothing. */
function sum<T extends object>(one: T, other: T): T {
  const [left, right] = [one as Numbers, other as Numbers];
  const names = Object.keys({ ...left, ...right });
  return Object.fromEntries(names.map((name) => [name, sumOf(name, left[name], right[name])])) as T;
}

function sumOf(name: string, one: unknown, other: unknown): unknown {
  if (one === undefined || other === undefined) return one ?? other;
  if (typeof one === "number") return one + (other as number);
  // All nodes count by the same bounds.
  if (name === "bounds") return one;
  if (Array.isArray(one)) return one.map((number: number, index) => number + ((other as number[])[index] ?? 0));
  return sum(one as Numbers, other as Numbers);
}
