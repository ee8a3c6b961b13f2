import { readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { checkConfig } from "./check-config.js";
import { configSchema } from "./config-schema.js";
import { type ConfigProblem, InvalidConfigError } from "./config-problem.js";
import { ConfigText } from "./config-text.js";
import { type ConfigSource, LoadedConfig, problemAt } from "./loaded-config.js";
import { schemaProblems } from "./validate.js";

/**
 * Reads a config file, YAML or JSON.
 *
 * @throws InvalidConfigError when there is no such file, or for everything that is wrong with it.
 */
export async function loadConfig(file: string): Promise<LoadedConfig> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new InvalidConfigError(file, [{ path: "", message: unreadable(error) }]);
  }
  return parseConfig(text, file);
}

/**
 * Reads a config from its text.
 *
 * @param file - where relative paths start from, and what errors name.
 * @throws InvalidConfigError for everything that is wrong with it.
 */
export function parseConfig(text: string, file: string): LoadedConfig {
  const absolute = resolve(file);
  const source = { name: relative("", absolute) || file, file: absolute, text: new ConfigText(text) };
  if (source.text.problems.length > 0) throw new InvalidConfigError(source.name, source.text.problems);
  return configOf(valueOf(source.text, source.name), source);
}

/**
 * Reads a config from a value of plain objects and lists.
 *
 * @throws InvalidConfigError for everything that is wrong with it.
 */
export function configFrom(value: unknown): LoadedConfig {
  return configOf(value, { name: "config" });
}

function valueOf(text: ConfigText, name: string): unknown {
  try {
    return text.value;
  } catch (error) {
    // An alias without an anchor, or aliases that multiply into something huge.
    throw new InvalidConfigError(name, [{ path: "", message: (error as Error).message }]);
  }
}

function configOf(value: unknown, source: ConfigSource): LoadedConfig {
  const { success, data, error } = configSchema.safeParse(value, { reportInput: true });
  if (!success) {
    const wrong = schemaProblems(error.issues);
    throw new InvalidConfigError(
      source.name,
      wrong.map(({ path, message, part }) => problemAt(source, path, message, part)).toSorted(byPosition),
    );
  }
  const problems: ConfigProblem[] = [];
  checkConfig(data, (path, message) => problems.push(problemAt(source, path, message)));
  const loaded = new LoadedConfig(data, source);
  loaded.refuse(problems.toSorted(byPosition));
  return loaded;
}

function byPosition(a: ConfigProblem, b: ConfigProblem): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

function unreadable(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ENOENT":
      return "there is no such file";
    case "EISDIR":
      return "expected a file, got a folder";
    case "EACCES":
      return "may not be read by this user";
    default:
      return message;
  }
}
