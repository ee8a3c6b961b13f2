import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Payload } from "@kreuz/codec";
import type { CliContext } from "../cli/cli-context.js";
import { readInput } from "../cli/standard-input.js";
import { CommandFailure, ExitCode } from "./exit-codes.js";

/** Flags of commands with arguments. */
export interface ArgumentFlags {
  /** `-k key=value`. */
  readonly kwarg?: readonly string[];
  /** All arguments are strings. */
  readonly strings?: boolean;
}

/**
 * Reads the arguments of a call or an event: JSON if it parses, otherwise a string; `@file` the content of a file; `-` one
 * JSON value from standard input, which is read only then.
 */
export async function payloadOf(args: readonly string[], flags: ArgumentFlags, context: CliContext): Promise<Payload> {
  const values: unknown[] = [];
  for (const text of args) values.push(await valueOf(text, flags, context));
  const kwargs: Record<string, unknown> = {};
  for (const [key, text] of (flags.kwarg ?? []).map((pair) => split("-k", pair)))
    define(kwargs, key, await valueOf(text, flags, context));
  return { args: values, ...(Object.keys(kwargs).length > 0 && { kwargs }) };
}

/** Reads the options of a message: `-o acknowledge=true`. */
export function optionsOf(pairs: readonly string[] = []): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [key, text] of pairs.map((pair) => split("-o", pair))) define(options, key, parse(text));
  return options;
}

/** JSON if it parses, otherwise the text itself. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function valueOf(text: string, { strings = false }: ArgumentFlags, context: CliContext): Promise<unknown> {
  if (text === "-") return parseJson(await readInput(context), "standard input");
  if (text.startsWith("@")) {
    const content = await readText(text.slice(1), context);
    return strings ? content : parse(content);
  }
  return strings ? text : parse(text);
}

/** @throws CommandFailure when the file cannot be read. */
export async function readText(file: string, { cwd }: CliContext): Promise<string> {
  try {
    return await readFile(resolve(cwd, file), "utf8");
  } catch (error) {
    throw new CommandFailure(ExitCode.USAGE, `${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CommandFailure(ExitCode.USAGE, `${what}: expected one JSON value: ${(error as Error).message}`);
  }
}

function split(option: string, pair: string): [key: string, value: string] {
  const index = pair.indexOf("=");
  if (index <= 0) throw new CommandFailure(ExitCode.USAGE, `${option}: expected key=value, got "${pair}"`);
  return [pair.slice(0, index), pair.slice(index + 1)];
}

/** A key such as `__proto__` is a key like any other. */
function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}
