import { CloseUri, type Id } from "@kreuz/codec";
import {
  booleanArgument,
  type Departure,
  idArgument,
  inTurns,
  invalidArgument,
  listArgument,
  type ProcedureCall,
  type RealmContext,
  type RealmInspection,
  stringArgument,
  textArgument,
} from "@kreuz/router";
import { CallArguments, FILTER_KEYWORDS, sessionFilter, uriArgument } from "./arguments.js";
import type { Subject } from "./audit.js";
import type { KillResult, SessionFilter } from "./contract.js";
import type { Nodes } from "./nodes.js";
import type { Queries } from "./queries.js";
import type { Realms } from "./realms.js";
import { eachSession } from "./sessions.js";

const MAX_IDS = 10_000;
/** Ids in the answer. */
const MAX_SHOWN = 500;
/** Ending one session takes a few dozen microseconds. */
const KILLS_PER_TURN = 32;

const KEYWORDS = ["sessions", "all", "reason", "message", "dryRun", ...FILTER_KEYWORDS];

/** What `kreuz.do.kill` needs besides its arguments. */
interface KillContext {
  readonly realm: RealmContext;
  readonly realms: Realms;
  readonly queries: Queries;
  note(subject: Subject): void;
}

/** `kreuz.do.kill`: on all nodes. */
export async function kill(call: ProcedureCall, context: KillContext, nodes: Nodes): Promise<KillResult> {
  const own = await killHere(call, context);
  // Not before the arguments were read: what is wrong with them is said once.
  const { answers, unreachable } = await nodes.ask<KillResult>("kill", call);
  const results = [own, ...answers];
  const count = results.reduce((sum, each) => sum + each.count, 0);
  context.note({ count, ...(unreachable.length > 0 && { unreachable: unreachable.join(", ") }) });
  return {
    count,
    sessions: results.flatMap(({ sessions }) => sessions).slice(0, MAX_SHOWN),
    ...(unreachable.length > 0 && { unreachable }),
  };
}

/** Kills sessions of this node. */
export async function killHere(
  call: ProcedureCall,
  { realm: management, realms, queries, note }: KillContext,
): Promise<KillResult> {
  const args = new CallArguments(call, 1, KEYWORDS);
  const name = args.at(0, "realm", stringArgument);
  const realm = realms.get(name);
  const filter = sessionFilter(args);
  const listed = args.get("sessions", idsArgument);
  const everybody = args.get("all", booleanArgument) ?? false;
  const reason = args.get("reason", uriArgument) ?? CloseUri.KILLED;
  const message = args.get("message", textArgument);
  const dryRun = args.get("dryRun", booleanArgument) ?? false;
  note({ realm: name, ...filter, ...(listed && { listed: listed.length }), ...(everybody && { all: true }), dryRun });
  if (listed === undefined && Object.keys(filter).length === 0 && !everybody)
    throw invalidArgument("kreuz.do.kill: expected `sessions`, a filter, or `all: true`");
  const chosen = await choose(call, realm, filter, listed, queries);
  const departure = { reason, ...(message !== undefined && { message }) };
  const sessions = dryRun ? chosen : await end(management, realm, chosen, departure);
  note({ count: sessions.length });
  return { count: sessions.length, sessions: sessions.slice(0, MAX_SHOWN) };
}

/** The sessions that are meant, without the one that asks. */
async function choose(
  call: ProcedureCall,
  realm: RealmInspection,
  filter: SessionFilter,
  listed: readonly Id[] | undefined,
  queries: Queries,
): Promise<readonly Id[]> {
  const wanted = listed && new Set(listed);
  const chosen: Id[] = [];
  if (wanted !== undefined && Object.keys(filter).length === 0)
    chosen.push(...[...wanted].filter((id) => realm.sessions.get(id) !== undefined));
  else
    await queries.run(call, (work) =>
      // All of them, however long it takes.
      eachSession(realm, filter, { spend: (units) => work.spend(units), isLate: false }, ({ session }) => {
        if (wanted?.has(session) !== false) chosen.push(session);
      }),
    );
  return chosen.filter((id) => id !== call.caller.session);
}

/** Goes on when the operator leaves: half of it would be worse. @returns the sessions that were still there. */
async function end(
  { clock }: RealmContext,
  realm: RealmInspection,
  chosen: readonly Id[],
  departure: Departure,
): Promise<readonly Id[]> {
  const ended: Id[] = [];
  await inTurns(clock, KILLS_PER_TURN, chosen, (id) => {
    if (realm.sessions.kill(id, departure)) ended.push(id);
  });
  return ended;
}

function idsArgument(name: string, value: unknown): readonly Id[] {
  const list = listArgument(name, value);
  if (list.length > MAX_IDS) throw invalidArgument(`${name}: expected at most ${MAX_IDS} ids, got ${list.length}`);
  return list.map((id, index) => idArgument(`${name}[${index}]`, id));
}
