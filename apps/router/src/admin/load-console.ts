import type { ConsoleFiles } from "@kreuz/admin";

/** The files of the web console, if it is installed. */
export async function loadConsole(): Promise<ConsoleFiles | undefined> {
  return undefined;
}
