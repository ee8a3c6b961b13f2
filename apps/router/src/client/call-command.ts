import type { CancelMode } from "@kreuz/codec";
import type { CliContext } from "../cli/cli-context.js";
import type { ConnectFlags } from "./connection.js";
import { durationOf } from "./numbers.js";
import { optionsOf, payloadOf, type ArgumentFlags } from "./input.js";
import { Printer, type OutputFlags } from "./output.js";
import { withSession } from "./with-session.js";

/** Flags of `kreuz call`. */
export interface CallFlags extends ConnectFlags, ArgumentFlags, OutputFlags {
  readonly option?: readonly string[];
  readonly progress?: boolean;
  readonly cancelMode?: CancelMode;
  readonly timeout?: string;
}

/** `kreuz call`: calls a procedure and prints its results. Ctrl-C cancels the call. */
export async function call(
  procedure: string,
  args: readonly string[],
  flags: CallFlags,
  context: CliContext,
): Promise<void> {
  const payload = await payloadOf(args, flags, context);
  const settings = {
    ...optionsOf(flags.option),
    ...(flags.timeout !== undefined && { timeout: durationOf("--timeout", flags.timeout) }),
    cancelMode: flags.cancelMode ?? "killnowait",
  };
  const printer = new Printer(context, flags);
  await withSession(flags, context, async ({ session, signal }) => {
    if (flags.progress !== true) printer.data(await session.call(procedure, payload, { ...settings, signal }));
    else for await (const part of session.stream(procedure, payload, { ...settings, signal })) printer.data(part);
  });
}
