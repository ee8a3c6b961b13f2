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
import type { Nodes } from "./nodes.js";
import type { Queries, Work } from "./queries.js";
import type { Realms } from "./realms.js";

/** Entries of an {@link Excerpt}. */
export const MAX_EXCERPT = 500;
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

/** The same, of what was answered. */
const ROW_KEYS: Readonly<Record<SessionSort, (row: SessionRow) => SortKey>> = {
  joined: ({ joined }) => joined,
  authid: ({ authid }) => authid,
  active: ({ active }) => active,
  in: ({ messagesIn }) => messagesIn,
  out: ({ messagesOut }) => messagesOut,
  dropped: ({ eventsDropped }) => eventsDropped,
  buffered: ({ bufferedBytes }) => bufferedBytes,
};

/** `kreuz.get.sessions`: those of all nodes. */
export async function getSessions(
  call: ProcedureCall,
  realms: Realms,
  queries: Queries,
  nodes: Nodes,
): Promise<SessionPage> {
  const args = sessionArguments(call);
  const { sort, desc, limit } = pageArguments(args, SORTS, ["authid"]);
  const [own, { answers, unreachable }] = await Promise.all([
    sessionsHere(call, realms, queries, nodes.own),
    nodes.ask<SessionPage>("sessions", call),
  ]);
  if (answers.length === 0 && unreachable.length === 0) return own;
  const pages = [own, ...answers];
  const best = new Best(limit, desc, undefined);
  const rows = new Map(pages.flatMap(({ items }) => items).map((row) => [row.session, row]));
  for (const row of rows.values()) best.add({ key: ROW_KEYS[sort](row), id: row.session });
  const { entries, next } = best.finish(pages.some((page) => page.next !== undefined));
  return {
    total: sum(pages, ({ total }) => total),
    matched: sum(pages, ({ matched }) => matched),
    items: entries.map(({ id }) => rows.get(id)!),
    ...(next !== undefined && { next }),
    ...((unreachable.length > 0 || pages.some(({ incomplete }) => incomplete)) && { incomplete: true as const }),
  };
}

function sessionArguments(call: ProcedureCall): CallArguments {
  return new CallArguments(call, 1, [...FILTER_KEYWORDS, ...PAGE_KEYWORDS]);
}

/** The page as if there were the sessions of this node only. */
export async function sessionsHere(
  call: ProcedureCall,
  realms: Realms,
  queries: Queries,
  node: string | undefined,
): Promise<SessionPage> {
  const args = sessionArguments(call);
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
      items: entries.flatMap(({ id }) => rowOf(realm, id, node) ?? []),
      ...(next !== undefined && { next }),
      ...(!complete && { incomplete: true as const }),
    };
  });
}

/** `kreuz.get.session`: on whatever node it is. */
export async function getSession(call: ProcedureCall, realms: Realms, nodes: Nodes): Promise<SessionDetails> {
  try {
    return sessionHere(call, realms, nodes.own);
  } catch (error) {
    if (!(error instanceof WampError) || error.uri !== ErrorUri.NO_SUCH_SESSION) throw error;
    const [found] = (await nodes.ask<SessionDetails>("session", call)).answers;
    if (found === undefined) throw error;
    return found;
  }
}

export function sessionHere(call: ProcedureCall, realms: Realms, node: string | undefined): SessionDetails {
  const args = new CallArguments(call, 2);
  const name = args.at(0, "realm", stringArgument);
  const id = args.at(1, "session", idArgument);
  const realm = realms.get(name);
  const row = rowOf(realm, id, node);
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
function rowOf(realm: RealmInspection, id: Id, node: string | undefined): SessionRow | undefined {
  const info = realm.sessions.get(id);
  const numbers = realm.numbers(id);
  if (info === undefined || numbers === undefined) return undefined;
  const { authid, authrole, authmethod, authprovider, transport } = info;
  const { joined, lastActivity, messagesIn, messagesOut, bytesIn, bytesOut } = numbers;
  const { eventsDropped, bufferedBytes, slow, pendingCalls } = numbers;
  return {
    session: id,
    ...(node !== undefined && { node }),
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

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
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
