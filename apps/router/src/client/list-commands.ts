import type { Session } from "@kreuz/client";
import { WampError } from "@kreuz/codec";
import type { CliContext } from "../cli/cli-context.js";
import type { ConnectFlags } from "./connection.js";
import { countOf, durationOf, idOf } from "./numbers.js";
import { CommandFailure, ExitCode } from "./exit-codes.js";
import { Printer, type OutputFlags } from "./output.js";
import { pause } from "./pause.js";
import { withSession } from "./with-session.js";

/** Flags of `kreuz sessions`, `subscriptions` and `registrations`. */
export interface ListFlags extends ConnectFlags, OutputFlags {
  readonly authid?: string;
  readonly byAuthid?: string;
  readonly authrole?: string;
  readonly text?: string;
  readonly limit?: string;
  readonly watch?: string;
}

type Row = Readonly<Record<string, unknown>>;

/** What is listed, by the standard meta API, which any router may have. */
export type Listing = "sessions" | "subscriptions" | "registrations";

/** Meta calls that are open at once. */
const CONCURRENCY = 16;
const DEFAULT_LIMIT = 100;

/** `kreuz sessions`, `subscriptions`, `registrations`: lists them, or shows one, again and again with `--watch`. */
export async function list(
  what: Listing,
  id: string | undefined,
  flags: ListFlags,
  context: CliContext,
): Promise<void> {
  const limit = flags.limit === undefined ? DEFAULT_LIMIT : countOf("--limit", flags.limit);
  const every = flags.watch === undefined ? undefined : durationOf("--watch", flags.watch);
  const printer = new Printer(context, flags);
  await withSession(flags, context, async ({ session, signal }) => {
    for (;;) {
      const ids = id === undefined ? await idsOf(session, what, flags) : [idOf(id)];
      const rows = await rowsOf(session, what, ids, limit, (row) => matches(row, flags));
      if (every !== undefined) printer.clear();
      print(printer, what, rows, id !== undefined);
      if (id === undefined && rows.length === limit) printer.note(`the first ${limit} of ${ids.length}; see --limit`);
      if (every === undefined) return;
      await pause(every, signal);
      signal.throwIfAborted();
    }
  });
}

async function idsOf(session: Session, what: Listing, { authrole }: ListFlags): Promise<readonly number[]> {
  const { value } = await session.call(
    `wamp.${what.slice(0, -1)}.list`,
    what === "sessions" && authrole !== undefined ? [[authrole]] : [],
  );
  // Subscriptions and registrations come by match policy; nexus says null for none.
  const ids: unknown[] = Array.isArray(value)
    ? value
    : Object.values((value ?? {}) as object).flatMap((each) => each ?? []);
  if (ids.every((each) => typeof each === "number")) return ids;
  throw new CommandFailure(ExitCode.FAILED, `wamp.${what.slice(0, -1)}.list: the router answered with no ids`);
}

/** Asks about each id, several at once, until there are enough. What is gone meanwhile is left out. */
async function rowsOf(
  session: Session,
  what: Listing,
  ids: readonly number[],
  limit: number,
  wanted: (row: Row) => boolean,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (let start = 0; start < ids.length && rows.length < limit; start += CONCURRENCY) {
    const batch = ids.slice(start, start + CONCURRENCY).map((id) => rowOf(session, what, id, ids.length === 1));
    rows.push(...(await Promise.all(batch)).filter((row) => row !== undefined).filter(wanted));
  }
  return rows.slice(0, limit);
}

async function rowOf(session: Session, what: Listing, id: number, mustExist: boolean): Promise<Row | undefined> {
  const prefix = `wamp.${what.slice(0, -1)}`;
  try {
    const { value } = await session.call(`${prefix}.get`, [id]);
    if (typeof value !== "object" || value === null) return undefined;
    if (what === "sessions") return value as Row;
    const holders = what === "subscriptions" ? "subscribers" : "callees";
    const count = await session.call(`${prefix}.count_${holders}`, [id]);
    return { ...(value as Row), [holders]: count.value };
  } catch (error) {
    const isGone = error instanceof WampError && /no_such_(session|subscription|registration)/.test(error.uri);
    if (isGone && !mustExist) return undefined;
    throw error;
  }
}

function matches(row: Row, { byAuthid, authrole, text }: ListFlags): boolean {
  if (byAuthid !== undefined && row["authid"] !== byAuthid) return false;
  if (authrole !== undefined && row["authrole"] !== authrole) return false;
  return text === undefined || JSON.stringify(row).toLowerCase().includes(text.toLowerCase());
}

const COLUMNS: Readonly<Record<Listing, readonly string[]>> = {
  sessions: ["session", "authid", "authrole", "authmethod", "authprovider"],
  subscriptions: ["id", "uri", "match", "subscribers", "created"],
  registrations: ["id", "uri", "match", "invoke", "callees", "created"],
};

function print(printer: Printer, what: Listing, rows: readonly Row[], isOne: boolean): void {
  if (!printer.pretty) for (const row of rows) printer.object(row);
  else if (isOne)
    for (const row of rows)
      printer.table(
        ["", ""],
        Object.entries(row).map(([key, value]) => [key, show(value)]),
      );
  else {
    const columns = COLUMNS[what];
    const head = what === "sessions" ? [...columns, "transport", "peer"] : columns;
    printer.table(
      head,
      rows.map((row) => head.map((column) => (column === "peer" ? peerOf(row) : show(row[column])))),
    );
    printer.note(rows.length === 1 ? `1 ${what.slice(0, -1)}` : `${rows.length} ${what}`);
  }
}

function show(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { type } = value as { readonly type?: unknown };
  return typeof type === "string" ? type : JSON.stringify(value);
}

function peerOf({ transport }: Row): unknown {
  return (transport as { readonly peer?: unknown } | undefined)?.peer;
}
