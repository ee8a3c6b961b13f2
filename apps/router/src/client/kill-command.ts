import type { Session } from "@kreuz/client";
import type { CliContext } from "../cli/cli-context.js";
import type { ConnectFlags } from "./connection.js";
import { idOf } from "./numbers.js";
import { CommandFailure, ExitCode } from "./exit-codes.js";
import { Printer, type OutputFlags } from "./output.js";
import { ask } from "./secrets.js";
import { withSession } from "./with-session.js";

/** Flags of `kreuz kill`. */
export interface KillFlags extends ConnectFlags, OutputFlags {
  readonly byAuthid?: string;
  readonly authrole?: string;
  readonly all?: boolean;
  readonly reason?: string;
  readonly message?: string;
  readonly yes?: boolean;
}

/** `kreuz kill`: ends sessions, by the standard meta API. */
export async function kill(ids: readonly string[], flags: KillFlags, context: CliContext): Promise<void> {
  const { byAuthid, authrole, all } = flags;
  const ways = [ids.length > 0, byAuthid !== undefined, authrole !== undefined, all === true].filter(Boolean).length;
  if (ways !== 1)
    throw new CommandFailure(ExitCode.USAGE, "kreuz kill: expected ids, or one of --by-authid, --authrole, --all");
  const sessions = ids.map(idOf);
  const printer = new Printer(context, flags);
  const whom = sessions.length > 0 ? `${sessions.length} session${sessions.length === 1 ? "" : "s"}` : describe(flags);
  await confirm(`End ${whom}?`, flags, context);
  const kwargs = {
    ...(flags.reason !== undefined && { reason: flags.reason }),
    ...(flags.message !== undefined && { message: flags.message }),
  };
  await withSession(flags, context, async ({ session }) => {
    const killed = await end(session, sessions, flags, kwargs);
    if (printer.pretty) printer.note(`ended ${killed} session${killed === 1 ? "" : "s"}`);
    else printer.object({ killed });
  });
}

async function end(
  session: Session,
  sessions: readonly number[],
  { byAuthid, authrole }: KillFlags,
  kwargs: Readonly<Record<string, unknown>>,
): Promise<number> {
  for (const id of sessions) await session.call("wamp.session.kill", { args: [id], kwargs });
  if (sessions.length > 0) return sessions.length;
  const [procedure, args] =
    byAuthid !== undefined
      ? ["wamp.session.kill_by_authid", [byAuthid]]
      : authrole !== undefined
        ? ["wamp.session.kill_by_authrole", [authrole]]
        : ["wamp.session.kill_all", []];
  const { value } = await session.call(procedure, { args, kwargs });
  // A list of ids, or how many.
  return Array.isArray(value) ? value.length : Number(value ?? 0);
}

function describe({ byAuthid, authrole }: KillFlags): string {
  if (byAuthid !== undefined) return `all sessions of authid "${byAuthid}"`;
  return authrole === undefined ? "all sessions of the realm" : `all sessions with role "${authrole}"`;
}

async function confirm(question: string, { yes }: KillFlags, context: CliContext): Promise<void> {
  if (yes === true) return;
  if (context.stdin?.isTTY !== true)
    throw new CommandFailure(ExitCode.USAGE, `${question} Confirm with --yes: there is no terminal to ask on`);
  if (!/^y(es)?$/i.test(await ask(`${question} [y/N] `, context)))
    throw new CommandFailure(ExitCode.USAGE, "nothing was ended");
}
