import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { CREDENTIAL_METHODS } from "../config/auth-config.js";
import { type ConfigPath, type ConfigProblem, InvalidConfigError } from "../config/config-problem.js";
import { builtInTransports } from "../config/extension-config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { warnAbout } from "../config/warn-about.js";
import { loadExtensions } from "./load-extensions.js";
import { certificateWarning, readTls } from "./tls-files.js";
import { UsersFile } from "./users-file.js";

/**
 * Opens what a start would open: certificates and keys, users files, folders, and extensions with their options.
 *
 * @returns warnings about what works but is hardly meant.
 * @throws InvalidConfigError with all problems.
 */
export async function inspectConfig(loaded: LoadedConfig, now: number): Promise<readonly ConfigProblem[]> {
  const problems: ConfigProblem[] = [];
  const warnings: ConfigProblem[] = [];
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof InvalidConfigError)) throw error;
      problems.push(...error.problems);
    }
  };
  await attempt(async () => warnings.push(...(await loadExtensions(loaded)).warnings));
  for (const [index, { tls, unix }] of builtInTransports(loaded.config)) {
    const path = ["transports", index];
    if (unix !== undefined) await attempt(() => checkFolder(loaded, unix.path, [...path, "unix", "path"]));
    if (tls === undefined) continue;
    await attempt(async () => {
      const warning = certificateWarning(await readTls(tls, [...path, "tls"], loaded), now);
      if (warning !== undefined) warnings.push(loaded.problem([...path, "tls", "cert"], warning));
    });
  }
  const { admin } = loaded.config;
  if (admin?.tls !== undefined) {
    const { tls } = admin;
    await attempt(async () => {
      const warning = certificateWarning(await readTls(tls, ["admin", "tls"], loaded), now);
      if (warning !== undefined) warnings.push(loaded.problem(["admin", "tls", "cert"], warning));
    });
  }
  const { file } = loaded.config.log;
  if (file !== undefined) await attempt(() => checkFolder(loaded, file, ["log", "file"]));
  for (const index of loaded.config.realms.keys()) await attempt(() => checkUsersFiles(loaded, index));
  loaded.rejectIfAny(problems);
  warnAbout(loaded.config, (path, message) => warnings.push(loaded.problem(path, message)));
  return warnings;
}

async function checkFolder(loaded: LoadedConfig, file: string, path: ConfigPath): Promise<void> {
  const folder = dirname(resolve(loaded.folder, file));
  try {
    await access(folder, constants.W_OK);
  } catch (error) {
    loaded.rejectIfAny([loaded.problem(path, `cannot write to the folder ${folder}: ${(error as Error).message}`)]);
  }
}

async function checkUsersFiles(loaded: LoadedConfig, index: number): Promise<void> {
  const { auth, roles } = loaded.config.realms[index]!;
  const problems: ConfigProblem[] = [];
  for (const method of CREDENTIAL_METHODS) {
    const file = auth[method]?.file;
    if (file === undefined) continue;
    try {
      const names = roles.map(({ name }) => name);
      const options = { method, file: resolve(loaded.folder, file), roles: names, options: {}, onError: () => {} };
      await UsersFile.open(options);
    } catch (error) {
      problems.push(loaded.problem(["realms", index, "auth", method, "file"], (error as Error).message));
    }
  }
  loaded.rejectIfAny(problems);
}
