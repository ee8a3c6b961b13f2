import { ErrorUri, WampError, type Id } from "@kreuz/codec";
import {
  idArgument,
  type ProcedureCall,
  type RealmInspection,
  type SessionInfo,
  type SessionNumbers,
  stringArgument,
  type SubscriptionInfo,
} from "@kreuz/router";
import { CallArguments, FILTER_KEYWORDS, PAGE_KEYWORDS, pageArguments, sessionFilter } from "./arguments.js";
import { Best, type SortKey } from "./best.js";
import type {
  Excerpt,
  HeldEntry,
  SessionDetails,
  SessionFilter,
  SessionPage,
  SessionRow,
  SessionSort,
} from "./contract.js";
import type { Queries, Work } from "./queries.js";
import type { Realms } from "./realms.js";

/** Entries of an {@link Excerpt}. */
const MAX_EXCERPT = 500;
/** Work of looking at one session, in units of {@link Work}. */
const UNITS_PER_SESSION = 1;

const SORTS: readonly SessionSort[] = ["joined", "authid", "active", "in", "out", "dropped", "buffered"];

const KEYS: Readonly<Record<SessionSort, (info: SessionInfo, numbers: SessionNumbers) => SortKey>> = {
  joined: (_, { joined }) => joined,
  authid: ({ authid }) => authid,
  active: (_, { lastActivity }) => lastActivity,
  in: (_, { messagesIn }) => messagesIn,
  out: (_, { messagesOut }) => messagesOut,
  dropped: (_, { eventsDropped }) => eventsDropped,
  buffered: (_, { bufferedBytes }) => bufferedBytes,
};

/** `kreuz.get.sessions` */
export async function getSessions(call: ProcedureCall, realms: Realms, queries: Queries): Promise<SessionPage> {
  const args = new CallArguments(call, 1, [...FILTER_KEYWORDS, ...PAGE_KEYWORDS]);
  const realm = realms.get(args.at(0, "realm", stringArgument));
  const filter = sessionFilter(args);
  const { sort, desc, limit, after } = pageArguments(args, SORTS, ["authid"]);
  const keyOf = KEYS[sort];
  return queries.run(call, async (work) => {
    const best = new Best(limit, desc, after);
    let matched = 0;
    const complete = await eachSession(realm, filter, work, (info, numbers) => {
      matched++;
      best.add({ key: keyOf(info, numbers), id: info.session });
    });
    const { entries, next } = best.finish();
    return {
      total: realm.sessions.count(),
      matched,
      items: entries.flatMap(({ id }) => rowOf(realm, id) ?? []),
      ...(next !== undefined && { next }),
      ...(!complete && { incomplete: true as const }),
    };
  });
}

/** `kreuz.get.session` */
export function getSession(call: ProcedureCall, realms: Realms): SessionDetails {
  const args = new CallArguments(call, 2);
  const name = args.at(0, "realm", stringArgument);
  const id = args.at(1, "session", idArgument);
  const realm = realms.get(name);
  const row = rowOf(realm, id);
  const info = realm.sessions.get(id);
  if (row === undefined || info === undefined)
    throw new WampError(ErrorUri.NO_SUCH_SESSION, `no session ${id} in realm "${name}"`);
  return {
    ...row,
    realm: name,
    protocol: info.transport.protocol,
    subscriptions: excerpt(realm.subscriptionsOf(id), heldEntry),
    registrations: excerpt(realm.registrationsOf(id), heldEntry),
  };
}

/**
 * Calls `visit` with each session that fits the filter.
 * @returns whether all were looked at, in time.
 */
export async function eachSession(
  realm: RealmInspection,
  filter: SessionFilter,
  work: Work,
  visit: (info: SessionInfo, numbers: SessionNumbers) => void,
): Promise<boolean> {
  const { authid, authrole } = filter;
  const fits = matcher(filter);
  const ids = realm.sessions.list({
    ...(authid !== undefined && { authids: [authid] }),
    ...(authrole !== undefined && { authroles: [authrole] }),
  });
  for (const id of ids) {
    const turn = work.spend(UNITS_PER_SESSION);
    if (turn !== undefined) {
      await turn;
      if (work.isLate) return false;
    }
    const info = realm.sessions.get(id);
    if (info === undefined || !fits(info)) continue;
    const numbers = realm.numbers(id);
    if (numbers !== undefined && (filter.slow === undefined || numbers.slow === filter.slow)) visit(info, numbers);
  }
  return true;
}

/** Whether a session fits a filter, without what its numbers say. The directory has selected by authid and authrole. */
function matcher({ text, transport, codec }: SessionFilter): (info: SessionInfo) => boolean {
  const part = text?.toLowerCase();
  const mayBeId = part !== undefined && /^\d+$/.test(part);
  return ({ session, authid, transport: { type, serializer, peer = "" } }) =>
    (transport === undefined || type === transport) &&
    (codec === undefined || serializer === codec) &&
    (part === undefined ||
      authid.toLowerCase().includes(part) ||
      peer.toLowerCase().includes(part) ||
      (mayBeId && String(session).includes(part)));
}

/** Lists the keys one by one, so that a key added to SessionInfo later does not leak. */
function rowOf(realm: RealmInspection, id: Id): SessionRow | undefined {
  const info = realm.sessions.get(id);
  const numbers = realm.numbers(id);
  if (info === undefined || numbers === undefined) return undefined;
  const { authid, authrole, authmethod, authprovider, transport } = info;
  const { joined, lastActivity, messagesIn, messagesOut, bytesIn, bytesOut } = numbers;
  const { eventsDropped, bufferedBytes, slow, pendingCalls } = numbers;
  return {
    session: id,
    authid,
    authrole,
    authmethod,
    authprovider,
    transport: transport.type,
    codec: transport.serializer,
    ...(transport.peer !== undefined && { peer: transport.peer }),
    tls: transport.tls === true,
    joined,
    active: lastActivity,
    messagesIn,
    messagesOut,
    bytesIn,
    bytesOut,
    eventsDropped,
    bufferedBytes,
    slow,
    pendingCalls,
  };
}

export function heldEntry({ id, uri, match }: SubscriptionInfo): HeldEntry {
  return { id, uri, match };
}

/** The first of what there is, and how much there is. */
export function excerpt<T, Item>(all: Iterable<T>, show: (entry: T) => Item): Excerpt<Item> {
  const items: Item[] = [];
  let total = 0;
  for (const entry of all) if (total++ < MAX_EXCERPT) items.push(show(entry));
  return { total, items };
}
