import { ADMIN, type RouterState, type SessionPage, type SessionSort, type Stats } from "@kreuz/admin";
import type { Session } from "@kreuz/client";
import type { CliContext } from "../cli/cli-context.js";
import { ask } from "./admin-calls.js";
import type { ConnectFlags } from "./connection.js";
import { CommandFailure, ExitCode } from "./exit-codes.js";
import { durationOf } from "./numbers.js";
import { Printer, type OutputFlags } from "./output.js";
import { pause } from "./pause.js";
import { topScreen, type Snapshot } from "./top-screen.js";
import { withSession } from "./with-session.js";

export const SORTS: readonly SessionSort[] = ["in", "out", "buffered", "dropped", "active", "joined", "authid"];

/** Flags of `kreuz top`. */
export interface TopFlags extends ConnectFlags, OutputFlags {
  readonly sort?: SessionSort;
  readonly interval?: string;
}

/** A screen of its own, without cursor; and back. */
const [ENTER, LEAVE] = ["\u001b[?1049h\u001b[?25l", "\u001b[?25h\u001b[?1049l"];
/** To the upper left corner; deletes what is left of a line, and below the last one. */
const [HOME, END_OF_LINE, REST] = ["\u001b[H", "\u001b[K", "\u001b[J"];
/** Where the terminal does not say. */
const [COLUMNS, ROWS] = [80, 24];

/** `kreuz top`: what a Kreuz router is doing, and its busiest sessions, until Ctrl-C; once where there is no terminal. */
export async function top(realm: string | undefined, flags: TopFlags, context: CliContext): Promise<void> {
  const interval = flags.interval === undefined ? 1000 : durationOf("--interval", flags.interval);
  const printer = new Printer(context, flags);
  const { stdout } = context as { stdout: CliContext["stdout"] & { columns?: number; rows?: number } };
  const sort = flags.sort ?? "in";
  await withSession(
    flags,
    context,
    async ({ session, signal }) => {
      let before = await ask(session, ADMIN.getStats, []);
      if (printer.pretty) stdout.write(ENTER);
      try {
        for (;;) {
          await pause(interval, signal);
          signal.throwIfAborted();
          const rows = stdout.rows ?? ROWS;
          const snapshot = await read(session, realm, sort, before, rows);
          before = snapshot.stats;
          if (!printer.pretty) return print(snapshot, flags, printer, stdout);
          const lines = topScreen(snapshot, stdout.columns ?? COLUMNS, rows);
          stdout.write(HOME + lines.map((line) => line + END_OF_LINE).join("\n") + REST);
        }
      } finally {
        if (printer.pretty) stdout.write(LEAVE);
      }
    },
    { admin: true, stays: printer.pretty },
  );
}

/** Once: for programs one object, else the same lines as on the screen. */
function print(snapshot: Snapshot, flags: TopFlags, printer: Printer, stdout: { write(text: string): unknown }): void {
  const { router, stats, realm, sessions } = snapshot;
  if (flags.json === true) printer.object({ router, stats, realm, sessions });
  else stdout.write(`${topScreen(snapshot, COLUMNS, ROWS).join("\n")}\n`);
}

async function read(
  session: Session,
  wanted: string | undefined,
  sort: SessionSort,
  before: Stats,
  limit: number,
): Promise<Snapshot> {
  const [router, stats] = await Promise.all([ask(session, ADMIN.getRouter, []), ask(session, ADMIN.getStats, [])]);
  const realm = wanted ?? busiest(router);
  const query = { sort, desc: sort !== "authid", limit };
  const sessions: SessionPage = await ask(session, ADMIN.getSessions, [realm], query);
  return { router, stats, before, realm, sort, sessions };
}

function busiest({ realms }: RouterState): string {
  const [first] = realms.filter(({ management }) => !management).toSorted((a, b) => b.sessions - a.sessions);
  if (first === undefined) throw new CommandFailure(ExitCode.FAILED, "the router has no realm of clients");
  return first.name;
}
