import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import type { CliContext } from "../cli/cli-context.js";
import { CommandFailure, ExitCode } from "./exit-codes.js";

/** The settings of a router that a profile keeps. Secrets stay in files of their own. */
export const PROFILE_KEYS = [
  "url",
  "realm",
  "authid",
  "codec",
  "tlsCa",
  "tlsCert",
  "tlsKey",
  "ticketFile",
  "secretFile",
  "passwordFile",
  "keyFile",
] as const;

/** Settings under a name. */
export type Profile = Readonly<Partial<Record<(typeof PROFILE_KEYS)[number], string>>>;

interface ProfilesFile {
  readonly current?: string | undefined;
  readonly profiles: Readonly<Record<string, Profile>>;
}

/** The user's profiles, in `$XDG_CONFIG_HOME/kreuz/profiles.yaml`, readable by nobody else. */
export class Profiles {
  readonly path: string;

  constructor({ env }: CliContext) {
    this.path = join(env["XDG_CONFIG_HOME"] ?? join(env["HOME"] ?? homedir(), ".config"), "kreuz", "profiles.yaml");
  }

  /** @throws CommandFailure when others can read the file, or it is not what `kreuz profile` writes. */
  async read(): Promise<ProfilesFile> {
    let text: string;
    try {
      const { mode } = await stat(this.path);
      if (process.platform !== "win32" && (mode & 0o077) !== 0)
        throw new CommandFailure(ExitCode.USAGE, `${this.path} can be read by others; fix: chmod 600 ${this.path}`);
      text = await readFile(this.path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return { profiles: {} };
      throw error;
    }
    const content: unknown = parse(text);
    const { current, profiles } = (content ?? {}) as { current?: unknown; profiles?: unknown };
    if (!isDict(profiles ?? {}) || !Object.values(profiles ?? {}).every(isDict))
      throw new CommandFailure(
        ExitCode.USAGE,
        `${this.path}: expected profiles by name, as \`kreuz profile add\` writes them`,
      );
    return {
      current: typeof current === "string" ? current : undefined,
      profiles: (profiles ?? {}) as ProfilesFile["profiles"],
    };
  }

  async write(content: ProfilesFile): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    await writeFile(this.path, stringify(content), { mode: 0o600 });
    await chmod(this.path, 0o600);
  }

  /** The profile of that name, or the one in use; empty if none is. @throws CommandFailure for an unknown name. */
  async find(name: string | undefined): Promise<Profile> {
    const { current, profiles } = await this.read();
    const wanted = name ?? current;
    if (wanted === undefined) return {};
    if (Object.hasOwn(profiles, wanted)) return profiles[wanted]!;
    const known = Object.keys(profiles).join(", ") || "none";
    throw new CommandFailure(ExitCode.USAGE, `there is no profile "${wanted}"; there is: ${known}`);
  }
}

function isDict(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
