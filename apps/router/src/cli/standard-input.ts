import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { CliContext } from "./cli-context.js";

/** Asks on the terminal that standard input is. `hidden`: what is typed is not shown. */
export async function askOnTerminal(
  question: string,
  { stdin, stderr }: Required<Pick<CliContext, "stdin" | "stderr">>,
  hidden: boolean,
): Promise<string> {
  stderr.write(question);
  const output = new Writable({ write: (chunk, _encoding, done) => (hidden || stderr.write(String(chunk)), done()) });
  const terminal = createInterface({ input: stdin, output, terminal: true });
  try {
    return await terminal.question("");
  } finally {
    terminal.close();
    stderr.write("\n");
  }
}

/** All of standard input, as text. */
export async function readInput({ stdin }: Pick<CliContext, "stdin">): Promise<string> {
  if (stdin === undefined) return "";
  const chunks: Buffer[] = [];
  for await (const chunk of stdin as AsyncIterable<string | Uint8Array>) chunks.push(Buffer.from(chunk as string));
  return Buffer.concat(chunks).toString("utf8");
}
