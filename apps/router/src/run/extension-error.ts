import { asError, ConfigError } from "@kreuz/codec";
import type { ConfigPath } from "../config/config-problem.js";

/** One thing that is wrong with an extension of a config. */
export interface ExtensionProblem {
  /** Relative to the place that names the extension: `["options", "path"]`. */
  readonly path: ConfigPath;
  readonly message: string;
}

/** An extension of a config cannot be used. */
export class ExtensionError extends Error {
  override readonly name = "ExtensionError";
  readonly problems: readonly ExtensionProblem[];

  constructor(problems: readonly ExtensionProblem[]) {
    super(problems.map(({ message }) => message).join("\n"));
    this.problems = problems;
  }
}

/** An error at one setting of an extension. */
export function wrong(setting: "package" | "export" | "options", message: string): ExtensionError {
  return new ExtensionError([{ path: [setting], message }]);
}

/** What an extension threw when it was made: it did not like its options. */
export function refusedOptions(name: string, error: unknown): ExtensionError {
  if (error instanceof ExtensionError) return error;
  const { message } = asError(error);
  return wrong("options", error instanceof ConfigError ? message : `"${name}" rejected its options: ${message}`);
}
