import type { Session } from "@kreuz/client";
import type { CliContext } from "../cli/cli-context.js";
import { printable } from "../log/printable.js";
import { join, type ConnectFlags, type Purpose } from "./connection.js";
import { CommandFailure, ExitCode, failureOf } from "./exit-codes.js";

/** What a command over WAMP works with. */
export interface Job {
  readonly session: Session;
  /** Aborted when the user interrupts the command, the session ends, or {@link done} is called. */
  readonly signal: AbortSignal;
  /** The command has done what it was asked for: whatever waits for {@link ended} goes on. */
  done(): void;
  /** Resolves when the command is done; rejects when it is interrupted or the session ends. */
  readonly ended: Promise<void>;
}

/** Joins, does the work, and leaves. Errors become exit codes. */
export async function withSession(
  flags: ConnectFlags,
  context: CliContext,
  work: (job: Job) => Promise<void>,
  purpose: Purpose = {},
): Promise<void> {
  const interrupt = interruption(context);
  try {
    const session = await join(flags, context, interrupt.signal, purpose);
    const stop = new AbortController();
    const job = { session, signal: stop.signal, done: () => stop.abort(), ended: endOf(stop.signal) };
    interrupt.signal.addEventListener("abort", () => stop.abort(interrupt.signal.reason));
    session.onState((state, cause) => {
      if (state === "closed" && cause !== undefined) stop.abort(cause);
      else if (state === "connecting" && cause !== undefined)
        context.stderr.write(`kreuz: connecting again: ${printable(cause.message)}\n`);
      else if (state === "open") context.stderr.write("kreuz: connected again\n");
    });
    // Work that does not look at the signal ends as well, but not when it is done.
    const failed = new Promise<never>((_, reject) => job.ended.catch(reject));
    try {
      await Promise.race([work(job), failed]);
    } finally {
      await session.close();
    }
  } catch (error) {
    throw interrupt.signal.aborted ? interrupt.signal.reason : failureOf(error);
  } finally {
    interrupt.release();
  }
}

/** Resolves at an abort without a reason of its own, and rejects with that reason. */
function endOf(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => {
      const { reason } = signal as { readonly reason: unknown };
      if (reason instanceof DOMException) resolve();
      else reject(reason);
    });
  });
}

/** Ctrl-C, as long as a command runs. */
function interruption({ interrupted }: CliContext): { readonly signal: AbortSignal; release(): void } {
  const abort = new AbortController();
  const stop = (): void => abort.abort(new CommandFailure(ExitCode.INTERRUPTED));
  if (interrupted !== undefined) {
    if (interrupted.aborted) stop();
    interrupted.addEventListener("abort", stop);
    return { signal: abort.signal, release: () => interrupted.removeEventListener("abort", stop) };
  }
  process.once("SIGINT", stop).once("SIGTERM", stop);
  return { signal: abort.signal, release: () => process.off("SIGINT", stop).off("SIGTERM", stop) };
}
