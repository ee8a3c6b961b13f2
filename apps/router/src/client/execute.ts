import { spawn } from "node:child_process";
import { parse } from "./input.js";
import { jsonOf } from "./output.js";

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/**
 * Runs a shell command with a value as JSON on its standard input.
 *
 * @returns what it wrote on its standard output: the value if that is JSON, otherwise the text; `undefined` for nothing.
 * @throws Error when it fails, or writes more than 16 MiB.
 */
export async function execute(command: string, input: unknown, signal: AbortSignal): Promise<unknown> {
  const child = spawn(command, { shell: true, stdio: ["pipe", "pipe", "inherit"], signal });
  const ended = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  // A command that does not read its input is no failure.
  child.stdin.on("error", () => {});
  child.stdin.end(`${jsonOf(input)}\n`);
  const chunks: Buffer[] = [];
  let bytes = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_OUTPUT_BYTES) child.kill();
    else chunks.push(chunk);
  });
  const code = await ended;
  if (bytes > MAX_OUTPUT_BYTES) throw new Error(`"${command}" wrote more than 16 MiB`);
  if (code !== 0) throw new Error(`"${command}" ended with code ${code}`);
  const text = Buffer.concat(chunks)
    .toString("utf8")
    .replace(/\r?\n$/, "");
  return text === "" ? undefined : parse(text);
}
