import { isDeepStrictEqual } from "node:util";
import { asError } from "@kreuz/codec";
import type { Plugin, RouterPlugin } from "@kreuz/router";
import { formatPath } from "../config/config-problem.js";
import type { PlacedExtension } from "./load-extensions.js";

/** What a reload means for the running plugins of a realm, or of the router. */
export interface PluginUpdates {
  /** Tells each plugin its new options. @returns the settings that were not taken over, with the reason. */
  apply(): Promise<readonly string[]>;
}

/**
 * Compares the plugins that run, of a realm or of the router, with those of a new config. Other options are told to plugins that have `update`; all other
 * changes take effect at the next start.
 *
 * @param current - the options of running plugins that were updated before.
 */
export function pluginUpdates(
  running: readonly PlacedExtension[],
  wanted: readonly PlacedExtension[],
  current: Map<object, unknown>,
): PluginUpdates {
  const same =
    running.length === wanted.length && running.every((one, index) => namesOf(one) === namesOf(wanted[index]!));
  if (!same) return { apply: async () => [wanted[0] === undefined ? "plugins" : listOf(wanted[0])] };
  return {
    async apply() {
      const notTaken: string[] = [];
      for (const [index, extension] of running.entries()) {
        const other = wanted[index]!;
        const reason = await update(extension, other, current);
        if (reason !== undefined) notTaken.push(`${formatPath(other.path)}${reason}`);
      }
      return notTaken;
    },
  };
}

/** Applies the updates of several realms. @returns the settings that were not taken over. */
export async function updateAll(realms: readonly { readonly updates: PluginUpdates }[]): Promise<readonly string[]> {
  const notTaken: string[] = [];
  for (const { updates } of realms) notTaken.push(...(await updates.apply()));
  return [...new Set(notTaken)];
}

/** @returns why the options were not taken over; `undefined` when they were, or are the same. */
async function update(
  { made, ref: { options: started } }: PlacedExtension,
  wanted: PlacedExtension,
  current: Map<object, unknown>,
): Promise<string | undefined> {
  const [plugin, ...others] = made as readonly (Plugin | RouterPlugin)[];
  if (plugin === undefined || isDeepStrictEqual(current.get(plugin) ?? started, wanted.ref.options)) return undefined;
  if (plugin.update === undefined || others.length > 0) return "";
  try {
    await plugin.update(wanted.options as never);
    current.set(plugin, wanted.ref.options);
    return undefined;
  } catch (error) {
    return ` (${asError(error).message})`;
  }
}

function namesOf({ made, origin }: PlacedExtension): string {
  return [origin, ...(made as readonly (Plugin | RouterPlugin)[]).map(({ name }) => name)].join("\n");
}

/** The list that a plugin stands in: `realms[0].plugins`. */
function listOf({ path }: PlacedExtension): string {
  return formatPath(path.slice(0, -1));
}
