import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { CallResult, type ProcedureHandler } from "@kreuz/client";
import type { InvocationPolicy, MatchPolicy } from "@kreuz/codec";
import type { CliContext } from "../cli/cli-context.js";
import type { ConnectFlags } from "./connection.js";
import { countOf } from "./numbers.js";
import { execute } from "./execute.js";
import { CommandFailure, ExitCode } from "./exit-codes.js";
import { parse } from "./input.js";
import { Printer, type OutputFlags } from "./output.js";
import { withSession } from "./with-session.js";

/** Flags of `kreuz register`. */
export interface RegisterFlags extends ConnectFlags, OutputFlags {
  readonly echo?: boolean;
  readonly value?: string;
  readonly exec?: string;
  readonly module?: string;
  readonly match?: MatchPolicy;
  readonly invoke?: InvocationPolicy;
  readonly concurrency?: string;
}

const STAYS = { stays: true };

/** `kreuz register`: answers calls until it is interrupted. */
export async function register(procedure: string, flags: RegisterFlags, context: CliContext): Promise<void> {
  const handler = await handlerOf(flags, context);
  const options = {
    ...(flags.match !== undefined && { match: flags.match }),
    ...(flags.invoke !== undefined && { invoke: flags.invoke }),
    ...(flags.concurrency !== undefined && { concurrency: countOf("--concurrency", flags.concurrency) }),
  };
  const printer = new Printer(context, flags);
  await withSession(
    flags,
    context,
    async ({ session, ended }) => {
      const answer: ProcedureHandler = (call) => {
        const { args, kwargs, details } = call;
        printer.data({ topic: call.procedure, args, kwargs, details });
        return handler(call);
      };
      const registration = await session.register(procedure, answer, options);
      printer.note(`registered ${procedure}`);
      const error = await Promise.race([registration.ended, ended.then(() => undefined)]);
      if (error !== undefined) throw error;
    },
    STAYS,
  );
}

async function handlerOf(flags: RegisterFlags, { cwd }: CliContext): Promise<ProcedureHandler> {
  const { echo, value, exec, module } = flags;
  const given = [echo, value, exec, module].filter((flag) => flag !== undefined).length;
  if (given !== 1)
    throw new CommandFailure(ExitCode.USAGE, "kreuz register: expected one of --echo, --value, --exec, --module");
  if (echo === true) return ({ args, kwargs }) => new CallResult({ args, kwargs });
  if (value !== undefined) return () => parse(value);
  if (exec !== undefined)
    return ({ procedure, args, kwargs, details, signal }) =>
      execute(exec, { procedure, args, kwargs, details }, signal);
  const loaded = (await import(pathToFileURL(resolve(cwd, module!)).href)) as { readonly default?: unknown };
  if (typeof loaded.default === "function") return loaded.default as ProcedureHandler;
  throw new CommandFailure(ExitCode.USAGE, `${module}: expected a module whose default export is a function`);
}
