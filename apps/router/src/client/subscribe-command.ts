import type { SessionEvent } from "@kreuz/client";
import type { MatchPolicy } from "@kreuz/codec";
import type { CliContext } from "../cli/cli-context.js";
import type { ConnectFlags } from "./connection.js";
import { countOf, durationOf } from "./numbers.js";
import { execute } from "./execute.js";
import { CommandFailure, ExitCode } from "./exit-codes.js";
import { Printer, type OutputFlags } from "./output.js";
import { pause } from "./pause.js";
import { withSession } from "./with-session.js";

/** Flags of `kreuz subscribe`. */
export interface SubscribeFlags extends ConnectFlags, OutputFlags {
  readonly match?: MatchPolicy;
  readonly count?: string;
  readonly for?: string;
  readonly retained?: boolean;
  readonly exec?: string;
}

const STAYS = { stays: true };

/** `kreuz subscribe`: prints events, or runs a command for each, one after the other. */
export async function subscribe(topics: readonly string[], flags: SubscribeFlags, context: CliContext): Promise<void> {
  const count = flags.count === undefined ? Infinity : countOf("--count", flags.count);
  const time = flags.for === undefined ? undefined : durationOf("--for", flags.for);
  const printer = new Printer(context, flags);
  const options = { match: flags.match ?? "exact", ...(flags.retained === true && { get_retained: true }) };
  await withSession(
    flags,
    context,
    async ({ session, signal, done, ended }) => {
      let received = 0;
      let last: Promise<void> = Promise.resolve();
      const take = async (event: SessionEvent): Promise<void> => {
        if (received === count) return;
        received++;
        const isLast = received === count;
        const { topic, args, kwargs, details } = event;
        if (flags.exec === undefined) printer.data(event);
        else last = last.then(() => run(flags.exec!, { topic, args, kwargs, details }, signal, printer));
        if (!isLast) return;
        await last;
        done();
      };
      for (const topic of topics) {
        const subscription = await session.subscribe(topic, take, options);
        void subscription.ended.then(
          (error) => error !== undefined && printer.note(`kreuz: ${topic}: ${error.message}`),
        );
      }
      printer.note(`subscribed to ${topics.join(", ")}`);
      const over = async (): Promise<void> => {
        await pause(time!, signal);
        done();
      };
      if (time !== undefined) void over();
      await ended;
      await last;
      if (received < count && Number.isFinite(count))
        throw new CommandFailure(ExitCode.TIMEOUT, `${received} of ${count} events came in time`);
    },
    STAYS,
  );
}

async function run(command: string, event: unknown, signal: AbortSignal, printer: Printer): Promise<void> {
  try {
    const output = await execute(command, event, signal);
    if (output !== undefined) printer.data({ args: [output], kwargs: {} });
  } catch (error) {
    if (!signal.aborted) printer.note(`kreuz: ${(error as Error).message}`);
  }
}
