import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { Surroundings } from "./cli-context.js";

/** A secret, from whoever sits at the terminal, who does not see it, or else all of standard input. */
export async function readSecret({ stdin, stderr }: Surroundings): Promise<string> {
  if (stdin === undefined) return "";
  if (stdin.isTTY !== true) return withoutNewline(await all(stdin));
  stderr.write("Secret (it is not shown): ");
  const hidden = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: stdin, output: hidden, terminal: true });
  try {
    return await terminal.question("");
  } finally {
    terminal.close();
    stderr.write("\n");
  }
}

async function all(input: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(Buffer.from(chunk as string | Uint8Array));
  return Buffer.concat(chunks).toString("utf8");
}

/** The one that `echo` adds. */
function withoutNewline(text: string): string {
  return text.replace(/\r?\n$/, "");
}
