import { asError, recognizeCopies } from "@kreuz/codec";

/** A plugin failed while the router started, stopped or was reloaded. `cause` is what it threw. */
export class PluginError extends Error {
  static {
    recognizeCopies(this, "PluginError");
  }

  override readonly name = "PluginError";
  /** The name of the plugin. */
  readonly plugin: string;
  /** What happened, without the name: `failed in setup: EACCES …`. */
  readonly problem: string;

  constructor(plugin: string, doing: string, cause: unknown) {
    const problem = `failed in ${doing}: ${asError(cause).message}`;
    super(`plugin "${plugin}" ${problem}`, { cause });
    this.plugin = plugin;
    this.problem = problem;
  }
}
