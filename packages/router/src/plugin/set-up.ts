// What the plugins of a realm and those of a router have in common: their order, their time, their problems and their clean-ups.
import { ConfigError, type Clock } from "@kreuz/codec";
import type { Logger } from "../logger.js";
import { PluginError } from "./plugin-error.js";

/** Milliseconds that the `setup` of one plugin may take: one that waits for ever must not keep the router from starting. */
const SETUP_TIMEOUT = 30_000;

/**
 * A plugin that must be set up before another: its name, when the other cannot do without it; `optional` when the other only
 * needs to come later, should both be there.
 */
export type Requirement = string | { readonly name: string; readonly optional: true };

/** A plugin of either kind. */
export interface AnyPlugin<Context> {
  readonly name: string;
  readonly requires?: readonly Requirement[];
  setup(context: Context): void | Promise<void>;
}

/** @throws ConfigError for a duplicate name, or a plugin that does not come after those that it requires. */
export function checkPlugins(plugins: readonly Pick<AnyPlugin<never>, "name" | "requires">[]): void {
  const present = new Set(plugins.map(({ name }) => name));
  const earlier = new Set<string>();
  for (const [index, { name, requires = [] }] of plugins.entries()) {
    if (earlier.has(name)) throw new ConfigError(`plugins[${index}]`, `the plugin name "${name}" is already taken`);
    for (const requirement of requires) {
      const required = typeof requirement === "string" ? { name: requirement, optional: false } : requirement;
      if (earlier.has(required.name) || (required.optional && !present.has(required.name))) continue;
      const remedy = present.has(required.name) ? `: move "${required.name}" above "${name}"` : "";
      throw new ConfigError(
        `plugins[${index}]`,
        `plugin "${name}" requires "${required.name}" to be listed before it${remedy}`,
      );
    }
    earlier.add(name);
  }
}

/** Sets plugins up, one after another. @throws PluginError when one fails, or takes too long. */
export async function setUp<Context, P extends AnyPlugin<Context>>(
  plugins: readonly P[],
  contextOf: (plugin: P) => Context,
  clock: Clock,
): Promise<void> {
  for (const plugin of plugins) {
    try {
      await within(clock, SETUP_TIMEOUT, plugin.setup(contextOf(plugin)));
    } catch (error) {
      throw new PluginError(plugin.name, "setup", error);
    }
  }
}

/** Waits for the work of a plugin, but not for ever. */
async function within(clock: Clock, ms: number, work: void | Promise<void>): Promise<void> {
  if (!(work instanceof Promise)) return;
  let cancel = (): void => {};
  const late = new Promise<never>((_, reject) => {
    cancel = clock.schedule(ms, () => reject(new Error(`not done after ${ms / 1000} s`)));
  });
  try {
    await Promise.race([work, late]);
  } finally {
    cancel();
  }
}

/** What plugins want to be undone in the end. */
export class Cleanups {
  readonly #logger: Logger;
  /** In the order in which they were added. */
  readonly #all = new Set<() => void | Promise<void>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Adds a clean-up. */
  defer(cleanup: () => void | Promise<void>): void {
    this.#all.add(cleanup);
  }

  /** Adds what a plugin may undo earlier itself; then it need not be kept. @returns a function that does so. */
  undo(revert: () => void): () => void {
    const cleanup = (): void => {
      this.#all.delete(cleanup);
      revert();
    };
    this.defer(cleanup);
    return cleanup;
  }

  /** Runs them in reverse order. @param where - for the log line about one that fails. */
  async run(where: object = {}): Promise<void> {
    const cleanups = [...this.#all].reverse();
    this.#all.clear();
    for (const cleanup of cleanups) {
      try {
        await cleanup();
      } catch (error) {
        this.#logger.error({ error, ...where }, "a plugin failed to clean up");
      }
    }
  }
}

/** What keeps a plugin from doing its work. */
export interface PluginProblem {
  readonly plugin: string;
  readonly reason: string;
}

/** What keeps plugins from doing their work at present. */
export class PluginProblems {
  readonly #reasons = new Map<string, string>();

  /** @param reason - absent: all is well again. */
  report(plugin: string, reason: string | undefined): void {
    if (reason === undefined) this.#reasons.delete(plugin);
    else this.#reasons.set(plugin, reason);
  }

  get all(): readonly PluginProblem[] {
    return Array.from(this.#reasons, ([plugin, reason]) => ({ plugin, reason }));
  }
}
