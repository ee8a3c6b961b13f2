import { readFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { checkConfig } from "./check-config.js";
import { type ConfigProblem, InvalidConfigError } from "./config-problem.js";
import { configSchema } from "./config-schema.js";
import type { Config } from "./config.js";
import { type Environment, expand, type Expanded, withLiterals } from "./expand.js";
import { ConfigText } from "./config-text.js";
import { type ConfigSource, LoadedConfig, problemAt } from "./loaded-config.js";
import { placeInFile, withManagementRealm } from "./management-realm.js";
import { validate, type Validation } from "./validate.js";

/**
 * Reads a config file, YAML or JSON.
 *
 * @throws InvalidConfigError if the file cannot be read, or with all problems of the config.
 */
export async function loadConfig(file: string, env: Environment = process.env): Promise<LoadedConfig> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new InvalidConfigError(nameOf(file), [{ path: "", message: describeReadError(error) }]);
  }
  return parseConfig(text, file, env);
}

/**
 * Reads a config from its text.
 *
 * @param file - base of relative paths, and the name in errors.
 * @param env - values of `${NAME}`. Default: the environment of the process.
 * @throws InvalidConfigError with all problems of the config.
 */
export function parseConfig(text: string, file: string, env: Environment = process.env): LoadedConfig {
  const absolute = resolve(file);
  const source = { name: nameOf(file), file: absolute, text: new ConfigText(text) };
  if (source.text.problems.length > 0) throw new InvalidConfigError(source.name, source.text.problems);
  return configOf(valueOf(source.text, source.name), source, env);
}

/**
 * Reads a config from plain objects and lists.
 *
 * @throws InvalidConfigError with all problems of the config.
 */
export function configFrom(value: unknown): LoadedConfig {
  return configOf(value, { name: "config" }, process.env);
}

/** The file as seen from the working directory. */
function nameOf(file: string): string {
  return relative("", file) || file;
}

function valueOf(text: ConfigText, name: string): unknown {
  try {
    return text.value;
  } catch (error) {
    // Its message has the text, which may be a secret.
    const message = error instanceof ReferenceError && /alias/i.test(error.message) ? ALIAS : (error as Error).message;
    throw new InvalidConfigError(name, [{ path: "", message }]);
  }
}

const ALIAS = "an alias without an anchor; put texts that start with * in quotes";

function configOf(input: unknown, source: ConfigSource, env: Environment): LoadedConfig {
  const problems: ConfigProblem[] = [];
  const folder = source.file === undefined ? process.cwd() : dirname(source.file);
  const expanded = expand(input, {
    env,
    folder,
    report: (path, message) => problems.push(problemAt(source, path, message)),
  });
  if (problems.length > 0) throw new InvalidConfigError(source.name, problems.toSorted(byPosition));
  const { value, problems: mismatches } = validated(expanded);
  if (value === undefined)
    throw new InvalidConfigError(
      source.name,
      mismatches.map(({ path, message, part }) => problemAt(source, path, message, part)).toSorted(byPosition),
    );
  const managed = withManagementRealm(value);
  checkConfig(managed, (path, message) => problems.push(problemAt(source, placeInFile(managed, path), message)));
  const loaded = new LoadedConfig(value, { ...source, hidden: expanded.places });
  loaded.rejectIfAny(problems.toSorted(byPosition));
  return loaded;
}

/** A variable stands for a number or a flag where the schema does not take a text. */
function validated({ value, places }: Expanded): Validation<Config> {
  const asTexts = validate(configSchema, value);
  if (asTexts.value !== undefined || places.length === 0) return asTexts;
  const wrong = new Set(asTexts.problems.map(({ path }) => JSON.stringify(path)));
  const literals = places.filter((path) => wrong.has(JSON.stringify(path)));
  return validate(configSchema, withLiterals(value, literals));
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
