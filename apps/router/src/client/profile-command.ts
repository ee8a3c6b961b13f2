import type { CliContext } from "../cli/cli-context.js";
import { CommandFailure, ExitCode } from "./exit-codes.js";
import { Printer, type OutputFlags } from "./output.js";
import { PROFILE_KEYS, Profiles, type Profile } from "./profiles.js";

/** `kreuz profile add|list|use|remove`. */
export async function profile(
  action: string,
  name: string | undefined,
  flags: Profile & OutputFlags,
  context: CliContext,
): Promise<void> {
  const store = new Profiles(context);
  const { current, profiles } = await store.read();
  if (action === "list") return list(current, profiles, new Printer(context, flags));
  if (name === undefined) throw new CommandFailure(ExitCode.USAGE, `kreuz profile ${action}: expected a name`);
  if (action === "add") {
    const added = Object.fromEntries(
      PROFILE_KEYS.filter((key) => flags[key] !== undefined).map((key) => [key, flags[key]]),
    );
    return store.write({ current: current ?? name, profiles: { ...profiles, [name]: added as Profile } });
  }
  if (!Object.hasOwn(profiles, name)) throw new CommandFailure(ExitCode.USAGE, `there is no profile "${name}"`);
  if (action === "use") return store.write({ current: name, profiles });
  const { [name]: _removed, ...others } = profiles;
  return store.write({ current: current === name ? undefined : current, profiles: others });
}

function list(current: string | undefined, profiles: Readonly<Record<string, Profile>>, printer: Printer): void {
  const rows = Object.entries(profiles);
  if (printer.pretty)
    printer.table(
      ["", "name", "url", "realm", "authid"],
      rows.map(([name, { url, realm, authid }]) => [name === current ? "*" : "", name, url, realm, authid]),
    );
  else for (const [name, settings] of rows) printer.object({ name, current: name === current, ...settings });
}
