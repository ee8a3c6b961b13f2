import type { SessionFilter, SessionQuery, SessionSort } from "@kreuz/admin/contract";
import { many } from "../../format/numbers.js";

type Settings = Readonly<Record<string, string>>;

const SORTS: readonly SessionSort[] = ["joined", "authid", "active", "in", "out", "dropped", "buffered"];

/** The filter that the address holds. */
export function filterOf({ text, role, transport, codec, slow }: Settings): SessionFilter {
  return {
    ...(text !== undefined && { text }),
    ...(role !== undefined && { authrole: role }),
    ...(transport !== undefined && { transport }),
    ...(codec !== undefined && { codec }),
    ...(slow !== undefined && { slow: true }),
  };
}

/** The query that the address holds: filter and order. Without an order, who joined last comes first. */
export function queryOf(settings: Settings): SessionQuery & { readonly sort: SessionSort; readonly desc: boolean } {
  const sort = SORTS.find((each) => each === settings["sort"]);
  return { ...filterOf(settings), sort: sort ?? "joined", desc: sort === undefined || settings["desc"] !== undefined };
}

export function isFiltered(settings: Settings): boolean {
  return Object.keys(filterOf(settings)).length > 0;
}

/** Which sessions are to be closed: those with these ids, or everything that fits a filter. */
export type KillTarget = { readonly sessions: readonly number[] } | { readonly all: true } | SessionFilter;

export function targetOf(settings: Settings, everything: boolean, ids: ReadonlySet<number>): KillTarget {
  if (!everything) return { sessions: [...ids] };
  return isFiltered(settings) ? filterOf(settings) : { all: true };
}

export function sessionsText(count: number): string {
  return many(count, "session");
}
