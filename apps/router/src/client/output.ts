import { toBase64, type Dict } from "@kreuz/codec";
import type { CliContext } from "../cli/cli-context.js";
import { printable, printableJson } from "../log/printable.js";

/** Flags of commands that print data. */
export interface OutputFlags {
  /** One JSON object a line, also on a terminal. */
  readonly json?: boolean;
  /** The first argument alone. */
  readonly raw?: boolean;
}

/** What came from the router. */
export interface Data {
  readonly args: readonly unknown[];
  readonly kwargs: Dict;
  readonly details?: Dict;
  readonly topic?: string;
}

/** Prints data: to a terminal for people, else one JSON object a line. Standard output gets nothing else. */
export class Printer {
  readonly #context: CliContext;
  readonly #flags: OutputFlags;
  /** Whether people read it. */
  readonly pretty: boolean;

  constructor(context: CliContext, flags: OutputFlags) {
    this.#context = context;
    this.#flags = flags;
    this.pretty = context.stdout.isTTY === true && flags.json !== true && flags.raw !== true;
  }

  /** Prints a result or an event. */
  data({ topic, args, kwargs, details = {} }: Data): void {
    if (this.#flags.raw === true) this.#line(rawOf(args[0]));
    else if (!this.pretty) this.object({ ...(topic !== undefined && { topic }), args, kwargs, details });
    else {
      const values = args.map(shown);
      const named = Object.entries(kwargs).map(([key, value]) => `${printable(key)}=${shown(value)}`);
      const text = [...values, ...named].join(args.length + named.length > 1 ? "  " : "");
      this.#line(topic === undefined ? text : `${printable(topic)}  ${text}`);
    }
  }

  /** Prints an object as one line of JSON. */
  object(value: object): void {
    this.#line(jsonOf(value));
  }

  /** Prints rows in columns for people. */
  table(head: readonly string[], rows: readonly (readonly unknown[])[]): void {
    const texts = [head, ...rows.map((row) => row.map((cell) => printable(String(cell ?? ""))))];
    const widths = head.map((_, column) => Math.max(...texts.map((row) => row[column]!.length)));
    for (const row of texts)
      this.#line(
        row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join("  ")
          .trimEnd(),
      );
  }

  /** Tells people what happens; never on standard output. */
  note(text: string): void {
    this.#context.stderr.write(`${printable(text)}\n`);
  }

  /** Begins a screen that is printed again and again. */
  clear(): void {
    if (this.pretty) this.#context.stdout.write("\u001b[2J\u001b[H");
  }

  #line(text: string): void {
    this.#context.stdout.write(`${text}\n`);
  }
}

/** A line of JSON. Binary values are strings as in WAMP's JSON; integers that JSON's numbers do not hold are strings. */
export function jsonOf(value: unknown): string {
  return printableJson(JSON.stringify(value, replace) ?? "null");
}

function replace(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key];
  if (original instanceof Uint8Array) return `\0${toBase64(original)}`;
  return typeof original === "bigint" ? String(original) : value;
}

function shown(value: unknown): string {
  return typeof value === "string" ? printable(value) : jsonOf(value);
}

function rawOf(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : jsonOf(value);
}
