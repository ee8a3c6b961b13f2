import { ErrorUri, WampError, type Id } from "@kreuz/codec";
import {
  type CalleeInfo,
  type Directory,
  idArgument,
  type ProcedureCall,
  type RealmInspection,
  type RegistrationInfo,
  type SessionInfo,
  stringArgument,
  type SubscriptionInfo,
  textArgument,
} from "@kreuz/router";
import { CallArguments, matchArgument, PAGE_KEYWORDS, pageArguments } from "./arguments.js";
import { Best, type SortKey } from "./best.js";
import type {
  CalleeMember,
  Member,
  Page,
  RegistrationDetails,
  RegistrationRow,
  RegistrationSort,
  SubscriptionDetails,
  SubscriptionRow,
  SubscriptionSort,
} from "./contract.js";
import type { Queries, Work } from "./queries.js";
import type { Realms } from "./realms.js";
import { excerpt, heldEntry } from "./sessions.js";

/** Work of looking at one entry, and at one of its callees, in units of {@link Work}. */
const UNITS_PER_ENTRY = 1 / 2;
const UNITS_PER_MEMBER = 1 / 8;

/** How subscriptions or registrations are listed. */
interface Listing<T extends SubscriptionInfo, Row, Sort extends string> {
  readonly directory: (realm: RealmInspection) => Directory<T>;
  readonly sorts: readonly Sort[];
  readonly keyOf: (realm: RealmInspection, entry: T, sort: Sort) => SortKey;
  /** Members that have to be looked at for one entry. */
  readonly membersOf: (realm: RealmInspection, entry: T) => number;
  readonly row: (realm: RealmInspection, entry: T) => Row;
}

const SUBSCRIPTIONS: Listing<SubscriptionInfo, SubscriptionRow, SubscriptionSort> = {
  directory: ({ subscriptions }) => subscriptions,
  sorts: ["uri", "created", "subscribers"],
  keyOf: (realm, { id, uri, created }, sort) =>
    sort === "uri" ? uri : sort === "created" ? created : realm.subscriberCount(id),
  membersOf: () => 0,
  row: subscriptionRow,
};

const REGISTRATIONS: Listing<RegistrationInfo, RegistrationRow, RegistrationSort> = {
  directory: ({ registrations }) => registrations,
  sorts: ["uri", "created", "callees", "pending"],
  keyOf: (realm, { id, uri, created }, sort) => {
    if (sort === "uri") return uri;
    if (sort === "created") return created;
    return sort === "callees" ? realm.calleeCount(id) : pendingCalls(realm, id);
  },
  membersOf: (realm, { id }) => realm.calleeCount(id),
  row: registrationRow,
};

/** `kreuz.get.subscriptions` */
export function getSubscriptions(
  call: ProcedureCall,
  realms: Realms,
  queries: Queries,
): Promise<Page<SubscriptionRow>> {
  return list(SUBSCRIPTIONS, call, realms, queries);
}

/** `kreuz.get.registrations` */
export function getRegistrations(
  call: ProcedureCall,
  realms: Realms,
  queries: Queries,
): Promise<Page<RegistrationRow>> {
  return list(REGISTRATIONS, call, realms, queries);
}

/** `kreuz.get.subscription` */
export async function getSubscription(call: ProcedureCall, realms: Realms): Promise<SubscriptionDetails> {
  const { realm, id } = entryArguments(call, realms);
  const entry = await realm.subscriptions.get(id);
  if (entry === undefined) throw new WampError(ErrorUri.NO_SUCH_SUBSCRIPTION, `no subscription ${id}`);
  return { ...subscriptionRow(realm, entry), members: excerpt(realm.subscribers(id), memberOf) };
}

/** `kreuz.get.registration` */
export async function getRegistration(call: ProcedureCall, realms: Realms): Promise<RegistrationDetails> {
  const { realm, id } = entryArguments(call, realms);
  const entry = await realm.registrations.get(id);
  if (entry === undefined) throw new WampError(ErrorUri.NO_SUCH_REGISTRATION, `no registration ${id}`);
  return { ...registrationRow(realm, entry), members: excerpt(realm.callees(id), calleeOf) };
}

async function list<T extends SubscriptionInfo, Row, Sort extends string>(
  listing: Listing<T, Row, Sort>,
  call: ProcedureCall,
  realms: Realms,
  queries: Queries,
): Promise<Page<Row>> {
  const args = new CallArguments(call, 1, ["uri", "match", ...PAGE_KEYWORDS]);
  const realm = realms.get(args.at(0, "realm", stringArgument));
  const part = args.get("uri", textArgument)?.toLowerCase();
  const match = args.get("match", matchArgument);
  const { sort, desc, limit, after } = pageArguments(args, listing.sorts, ["uri" as Sort]);
  return queries.run(call, async (work) => {
    const best = new Best(limit, desc, after);
    const directory = listing.directory(realm);
    const all = await directory.list();
    let matched = 0;
    const complete = await eachEntry(all, work, (entry) => {
      if (match !== undefined && entry.match !== match) return 0;
      if (part !== undefined && !entry.uri.toLowerCase().includes(part)) return 0;
      matched++;
      best.add({ key: listing.keyOf(realm, entry, sort), id: entry.id });
      return listing.membersOf(realm, entry);
    });
    const { entries, next } = best.finish();
    const items: Row[] = [];
    for (const { id } of entries) {
      const entry = await directory.get(id);
      if (entry !== undefined) items.push(listing.row(realm, entry));
    }
    return {
      total: all.length,
      matched,
      items,
      ...(next !== undefined && { next }),
      ...(!complete && { incomplete: true as const }),
    };
  });
}

/** @param visit - returns how many members it has looked at. @returns whether all entries were looked at, in time. */
async function eachEntry<T>(entries: Iterable<T>, work: Work, visit: (entry: T) => number): Promise<boolean> {
  for (const entry of entries) {
    const turn = work.spend(UNITS_PER_ENTRY + visit(entry) * UNITS_PER_MEMBER);
    if (turn === undefined) continue;
    await turn;
    if (work.isLate) return false;
  }
  return true;
}

function entryArguments(call: ProcedureCall, realms: Realms): { readonly realm: RealmInspection; readonly id: Id } {
  const args = new CallArguments(call, 2);
  return { realm: realms.get(args.at(0, "realm", stringArgument)), id: args.at(1, "id", idArgument) };
}

function subscriptionRow(realm: RealmInspection, entry: SubscriptionInfo): SubscriptionRow {
  return { ...heldEntry(entry), created: entry.created, subscribers: realm.subscriberCount(entry.id) };
}

function registrationRow(realm: RealmInspection, entry: RegistrationInfo): RegistrationRow {
  const { id, created, invoke } = entry;
  const [first] = realm.callees(id);
  return {
    ...heldEntry(entry),
    created,
    invoke,
    callees: realm.calleeCount(id),
    pendingCalls: pendingCalls(realm, id),
    builtIn: first?.session.authmethod === "local",
  };
}

function pendingCalls(realm: RealmInspection, id: Id): number {
  let sum = 0;
  for (const { activeCalls } of realm.callees(id)) sum += activeCalls;
  return sum;
}

function memberOf({ session, authid, authrole, authmethod }: SessionInfo): Member {
  return { session, authid, authrole, authmethod };
}

function calleeOf({ session, activeCalls }: CalleeInfo): CalleeMember {
  return { ...memberOf(session), pendingCalls: activeCalls };
}
