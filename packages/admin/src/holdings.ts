import type { Id } from "@kreuz/codec";
import {
  type Directory,
  type ProcedureCall,
  type RealmInspection,
  type RegistrationInfo,
  stringArgument,
  type SubscriptionInfo,
  textArgument,
} from "@kreuz/router";
import { CallArguments, matchArgument, PAGE_KEYWORDS, type PageArguments, pageArguments } from "./arguments.js";
import { Best, type SortKey } from "./best.js";
import {
  ADMIN,
  type Match,
  type Page,
  type RegistrationRow,
  type RegistrationSort,
  type SubscriptionRow,
  type SubscriptionSort,
} from "./contract.js";
import type { Answers, Nodes } from "./nodes.js";
import type { Queries, Work } from "./queries.js";
import type { Realms } from "./realms.js";
import { heldEntry } from "./sessions.js";

/** Work of looking at one entry, and at one of its callees, in units of {@link Work}. */
const UNITS_PER_ENTRY = 1 / 2;
const UNITS_PER_MEMBER = 1 / 8;
/** Entries of which a node tells its number, when a list of all nodes is sorted by them. */
const MAX_COUNTS = 10_000;

type Kind = "subscriptions" | "registrations";

/** How subscriptions or registrations are listed. All nodes know what there is; of each, every node counts something of its own. */
interface Listing<T extends SubscriptionInfo, Row, Sort extends string> {
  readonly kind: Kind;
  readonly directory: (realm: RealmInspection) => Directory<T>;
  readonly sorts: readonly Sort[];
  /** What the nodes count: subscribers, or calls that callees work on. */
  readonly counted: Sort;
  readonly countHere: (realm: RealmInspection, id: Id) => number;
  /** By any other sort. */
  readonly keyOf: (realm: RealmInspection, entry: T, sort: Sort) => SortKey;
  /** Members that have to be looked at for one entry. */
  readonly membersOf: (realm: RealmInspection, entry: T) => number;
  /** @param count - of all nodes. */
  readonly row: (realm: RealmInspection, entry: T, count: number) => Row;
}

const SUBSCRIPTIONS: Listing<SubscriptionInfo, SubscriptionRow, SubscriptionSort> = {
  kind: "subscriptions",
  directory: ({ subscriptions }) => subscriptions,
  sorts: ["uri", "created", "subscribers"],
  counted: "subscribers",
  countHere: (realm, id) => realm.subscriberCount(id),
  keyOf: (_, { uri, created }, sort) => (sort === "uri" ? uri : created),
  membersOf: () => 0,
  row: (_, entry, subscribers) => subscriptionRow(entry, subscribers),
};

const REGISTRATIONS: Listing<RegistrationInfo, RegistrationRow, RegistrationSort> = {
  kind: "registrations",
  directory: ({ registrations }) => registrations,
  sorts: ["uri", "created", "callees", "pending"],
  counted: "pending",
  countHere: pendingHere,
  keyOf: (realm, { id, uri, created }, sort) => {
    if (sort === "uri") return uri;
    return sort === "created" ? created : realm.calleeCount(id);
  },
  membersOf: (realm, { id }) => realm.calleeCount(id),
  row: registrationRow,
};

/** `kreuz.get.subscriptions`: those of all nodes. */
export function getSubscriptions(
  call: ProcedureCall,
  realms: Realms,
  queries: Queries,
  nodes: Nodes,
): Promise<Page<SubscriptionRow>> {
  return list(SUBSCRIPTIONS, call, realms, queries, nodes);
}

/** `kreuz.get.registrations`: those of all nodes. */
export function getRegistrations(
  call: ProcedureCall,
  realms: Realms,
  queries: Queries,
  nodes: Nodes,
): Promise<Page<RegistrationRow>> {
  return list(REGISTRATIONS, call, realms, queries, nodes);
}

/** What a node has counted, by ids. */
type Counts = readonly (readonly [id: Id, count: number])[];

/** Asks a node for the counts of these entries. */
export interface CountsQuestion {
  readonly realm: string;
  readonly kind: Kind;
  readonly ids: readonly Id[];
}

/** What this node has counted of these entries. */
export function countsOf({ realm: name, kind, ids }: CountsQuestion, realms: Realms): Counts {
  const realm = realms.get(name);
  const { countHere } = kind === "subscriptions" ? SUBSCRIPTIONS : REGISTRATIONS;
  return ids.map((id) => [id, countHere(realm, id)] as const).filter(([, count]) => count > 0);
}

/** What this node has counted of all entries that fit the query of an operator of another node: the largest numbers. */
export function countsHere(call: ProcedureCall, realms: Realms, queries: Queries): Promise<Counts> {
  return call.procedure === ADMIN.getSubscriptions
    ? largestCounts(SUBSCRIPTIONS, call, realms, queries)
    : largestCounts(REGISTRATIONS, call, realms, queries);
}

async function largestCounts<T extends SubscriptionInfo, Row, Sort extends string>(
  listing: Listing<T, Row, Sort>,
  call: ProcedureCall,
  realms: Realms,
  queries: Queries,
): Promise<Counts> {
  const query = queryOf(listing, call, realms);
  return queries.run(call, async (work) => {
    const best = new Best(MAX_COUNTS, true, undefined);
    await eachEntry(listing, query, await listing.directory(query.realm).list(), work, ({ id }) => {
      const key = listing.countHere(query.realm, id);
      if (key > 0) best.add({ key, id });
    });
    return best.finish().entries.map(({ id, key }) => [id, key as number] as const);
  });
}

/** What an operator wants to see. */
interface Query<Sort extends string> extends PageArguments<Sort> {
  readonly name: string;
  readonly realm: RealmInspection;
  readonly fits: (entry: SubscriptionInfo) => boolean;
}

function queryOf<Sort extends string>(
  { sorts }: { readonly sorts: readonly Sort[] },
  call: ProcedureCall,
  realms: Realms,
): Query<Sort> {
  const args = new CallArguments(call, 1, ["uri", "match", ...PAGE_KEYWORDS]);
  const name = args.at(0, "realm", stringArgument);
  const realm = realms.get(name);
  const part = args.get("uri", textArgument)?.toLowerCase();
  const match: Match | undefined = args.get("match", matchArgument);
  const fits = (entry: SubscriptionInfo): boolean =>
    (match === undefined || entry.match === match) && (part === undefined || entry.uri.toLowerCase().includes(part));
  return { name, realm, fits, ...pageArguments(args, sorts, ["uri" as Sort]) };
}

async function list<T extends SubscriptionInfo, Row, Sort extends string>(
  listing: Listing<T, Row, Sort>,
  call: ProcedureCall,
  realms: Realms,
  queries: Queries,
  nodes: Nodes,
): Promise<Page<Row>> {
  const query = queryOf(listing, call, realms);
  const { realm, sort, desc, limit, after } = query;
  const isByCount = sort === listing.counted;
  const sorted = isByCount ? await nodes.ask<Counts>("counts", call) : NOBODY;
  const elsewhere = sumOf(sorted.answers);
  const keyOf = (entry: T): SortKey =>
    isByCount ? listing.countHere(realm, entry.id) + (elsewhere.get(entry.id) ?? 0) : listing.keyOf(realm, entry, sort);
  const directory = listing.directory(realm);
  const best = new Best(limit, desc, after);
  let [total, matched] = [0, 0];
  const complete = await queries.run(call, async (work) => {
    const all = await directory.list();
    total = all.length;
    return eachEntry(listing, query, all, work, (entry) => {
      matched++;
      best.add({ key: keyOf(entry), id: entry.id });
    });
  });
  const { entries, next } = best.finish();
  const ids = entries.map(({ id }) => id);
  const question: CountsQuestion = { realm: query.name, kind: listing.kind, ids };
  const counted = ids.length === 0 ? NOBODY : await nodes.gather<Counts>("countsOf", question);
  const counts = sumOf(counted.answers);
  const items: Row[] = [];
  for (const id of ids) {
    const entry = await directory.get(id);
    const count = listing.countHere(realm, id) + (counts.get(id) ?? 0);
    if (entry !== undefined) items.push(listing.row(realm, entry, count));
  }
  const isLess = [sorted, counted].some(({ unreachable }) => unreachable.length > 0);
  const isCut = sorted.answers.some((counts) => counts.length === MAX_COUNTS);
  return {
    total,
    matched,
    items,
    ...(next !== undefined && { next }),
    ...((!complete || isLess || isCut) && { incomplete: true as const }),
  };
}

const NOBODY: Answers<Counts> = { answers: [], unreachable: [] };

function sumOf(answers: readonly Counts[]): ReadonlyMap<Id, number> {
  const sums = new Map<Id, number>();
  for (const counts of answers) for (const [id, count] of counts) sums.set(id, count + (sums.get(id) ?? 0));
  return sums;
}

/** Calls `visit` with each entry that fits the query. @returns whether all were looked at, in time. */
async function eachEntry<T extends SubscriptionInfo, Row, Sort extends string>(
  { membersOf }: Listing<T, Row, Sort>,
  { realm, fits }: Query<Sort>,
  entries: Iterable<T>,
  work: Work,
  visit: (entry: T) => void,
): Promise<boolean> {
  for (const entry of entries) {
    let members = 0;
    if (fits(entry)) {
      visit(entry);
      members = membersOf(realm, entry);
    }
    const turn = work.spend(UNITS_PER_ENTRY + members * UNITS_PER_MEMBER);
    if (turn === undefined) continue;
    await turn;
    if (work.isLate) return false;
  }
  return true;
}

export function subscriptionRow(entry: SubscriptionInfo, subscribers: number): SubscriptionRow {
  return { ...heldEntry(entry), created: entry.created, subscribers };
}

export function registrationRow(
  realm: RealmInspection,
  entry: RegistrationInfo,
  pendingCalls: number,
): RegistrationRow {
  const { id, created, invoke } = entry;
  const [first] = realm.callees(id);
  return {
    ...heldEntry(entry),
    created,
    invoke,
    callees: realm.calleeCount(id),
    pendingCalls,
    builtIn: first?.session.authmethod === "local",
  };
}

/** Calls that callees of this node work on. */
export function pendingHere(realm: RealmInspection, id: Id): number {
  let sum = 0;
  for (const { activeCalls, node } of realm.callees(id)) if (node === undefined) sum += activeCalls;
  return sum;
}
