import { readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { checkConfig } from "./check-config.js";
import { type ConfigProblem, InvalidConfigError } from "./config-problem.js";
import { configSchema } from "./config-schema.js";
import { ConfigText } from "./config-text.js";
import { type ConfigSource, LoadedConfig, problemAt } from "./loaded-config.js";
import { validate } from "./validate.js";

/**
 * Reads a config file, YAML or JSON.
 *
 * @throws InvalidConfigError if the file cannot be read, or with all problems of the config.
 */
export async function loadConfig(file: string): Promise<LoadedConfig> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new InvalidConfigError(nameOf(file), [{ path: "", message: describeReadError(error) }]);
  }
  return parseConfig(text, file);
}

/**
 * Reads a config from its text.
 *
 * @param file - base of relative paths, and the name in errors.
 * @throws InvalidConfigError with all problems of the config.
 */
export function parseConfig(text: string, file: string): LoadedConfig {
  const absolute = resolve(file);
  const source = { name: nameOf(file), file: absolute, text: new ConfigText(text) };
  if (source.text.problems.length > 0) throw new InvalidConfigError(source.name, source.text.problems);
  return configOf(valueOf(source.text, source.name), source);
}

/**
 * Reads a config from plain objects and lists.
 *
 * @throws InvalidConfigError with all problems of the config.
 */
export function configFrom(value: unknown): LoadedConfig {
  return configOf(value, { name: "config" });
}

/** The file as seen from the working directory. */
function nameOf(file: string): string {
  return relative("", file) || file;
}

function valueOf(text: ConfigText, name: string): unknown {
  try {
    return text.value;
  } catch (error) {
    throw new InvalidConfigError(name, [{ path: "", message: (error as Error).message }]);
  }
}

function configOf(input: unknown, source: ConfigSource): LoadedConfig {
  const { value, problems: mismatches } = validate(configSchema, input);
  if (value === undefined)
    throw new InvalidConfigError(
      source.name,
      mismatches.map(({ path, message, part }) => problemAt(source, path, message, part)).toSorted(byPosition),
    );
  const problems: ConfigProblem[] = [];
  checkConfig(value, (path, message) => problems.push(problemAt(source, path, message)));
  const loaded = new LoadedConfig(value, source);
  loaded.rejectIfAny(problems.toSorted(byPosition));
  return loaded;
}

function byPosition(a: ConfigProblem, b: ConfigProblem): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

function describeReadError(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ENOENT":
      return "file not found";
    case "EISDIR":
      return "expected a file, got a folder";
    case "EACCES":
      return "permission denied; make the file readable for this user";
    default:
      return message;
  }
}
