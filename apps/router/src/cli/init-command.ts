import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { StartError } from "../run/start-error.js";
import { initialConfig } from "./initial-config.js";
import type { Surroundings } from "./cli-context.js";

/** `kreuz init`: writes a config to start from, and never over another one. */
export async function init(file: string, { cwd, stdout }: Surroundings): Promise<void> {
  try {
    await writeFile(resolve(cwd, file), initialConfig(), { flag: "wx" });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new StartError(code === "EEXIST" ? `${file} is there already; it was not changed` : message, {
      cause: error,
    });
  }
  stdout.write(`Wrote ${file}. \`kreuz check\` says what it means, \`kreuz start\` runs it.\n`);
}
