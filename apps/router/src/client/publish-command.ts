import { createInterface } from "node:readline";
import type { Dict, Payload } from "@kreuz/codec";
import type { CliContext } from "../cli/cli-context.js";
import type { ConnectFlags } from "./connection.js";
import { countOf, durationOf } from "./numbers.js";
import { CommandFailure, ExitCode } from "./exit-codes.js";
import { optionsOf, payloadOf, type ArgumentFlags } from "./input.js";
import { pause } from "./pause.js";
import { withSession } from "./with-session.js";

/** Flags of `kreuz publish`. */
export interface PublishFlags extends ConnectFlags, ArgumentFlags {
  readonly option?: readonly string[];
  /** False with `--no-ack`. */
  readonly ack?: boolean;
  readonly stdin?: boolean;
  readonly count?: string;
  readonly every?: string;
}

/** `kreuz publish`: publishes one event, the same one several times, or one for each line of standard input. */
export async function publish(
  topic: string,
  args: readonly string[],
  flags: PublishFlags,
  context: CliContext,
): Promise<void> {
  const count = flags.count === undefined ? 1 : countOf("--count", flags.count);
  const every = flags.every === undefined ? 0 : durationOf("--every", flags.every);
  const options = { acknowledge: flags.ack !== false, ...optionsOf(flags.option) };
  const payloads = flags.stdin === true ? lines(context) : repeat(await payloadOf(args, flags, context), count);
  await withSession(flags, context, async ({ session, signal }) => {
    let isFirst = true;
    for await (const payload of payloads) {
      if (!isFirst && every > 0) await pause(every, signal);
      signal.throwIfAborted();
      await session.publish(topic, payload, options);
      isFirst = false;
    }
  });
}

async function* repeat(payload: Payload, count: number): AsyncGenerator<Payload> {
  for (let left = count; left > 0; left--) yield payload;
}

/** The events of standard input, one JSON value a line: `{ "args": […], "kwargs": {…} }`, a list, or one argument. */
async function* lines({ stdin }: CliContext): AsyncGenerator<Payload> {
  if (stdin === undefined) return;
  let number = 0;
  for await (const line of createInterface({ input: stdin })) {
    number++;
    if (line.trim() !== "") yield eventOf(line, number);
  }
}

function eventOf(line: string, number: number): Payload {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new CommandFailure(ExitCode.USAGE, `line ${number} of standard input is no JSON: ${line.slice(0, 80)}`);
  }
  if (Array.isArray(value)) return { args: value };
  const { args, kwargs } = (value ?? {}) as { readonly args?: unknown; readonly kwargs?: unknown };
  if (Array.isArray(args)) return isDict(kwargs) ? { args, kwargs } : { args };
  return isDict(kwargs) ? { kwargs } : { args: [value] };
}

function isDict(value: unknown): value is Dict {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
