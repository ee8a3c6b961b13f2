/** The keys and indices that lead to a setting. */
export type ConfigPath = readonly (string | number)[];

/** One problem of a config. */
export interface ConfigProblem {
  /** For example `realms[0].name`; empty for the config as a whole. */
  readonly path: string;
  /** The problem, without the path. */
  readonly message: string;
  /** Line in the file, from 1; absent if the config does not come from a file. */
  readonly line?: number;
  /** Column in the file, from 1; absent if the config does not come from a file. */
  readonly column?: number;
}

/** Thrown for an invalid config. Lists all its problems, one per line of the message. */
export class InvalidConfigError extends Error {
  override readonly name = "InvalidConfigError";
  readonly source: string;
  readonly problems: readonly ConfigProblem[];

  /** @param source - name of the file, or a description of where the config comes from. */
  constructor(source: string, problems: readonly ConfigProblem[]) {
    super(problems.map((problem) => formatProblem(source, problem)).join("\n"));
    this.source = source;
    this.problems = problems;
  }
}

/** Formats a path: `realms[0].roles[1].name`. */
export function formatPath(path: ConfigPath): string {
  return path.map((step, index) => (typeof step === "number" ? `[${step}]` : index === 0 ? step : `.${step}`)).join("");
}

/** Formats a problem: `kreuz.yaml:8:3: log.colour: unknown key`. */
export function formatProblem(source: string, { path, message, line, column }: ConfigProblem): string {
  const location = line === undefined ? source : `${source}:${line}:${column}`;
  return path === "" ? `${location}: ${message}` : `${location}: ${path}: ${message}`;
}

/** Reports a config error at a path. */
export type Report = (path: ConfigPath, message: string) => void;

/** Returns a `Report` for paths relative to `base`. */
export function within(report: Report, ...base: ConfigPath): Report {
  return (path, message) => report([...base, ...path], message);
}

/** Calls `onDuplicate` for each item whose key an earlier item has. */
export function findDuplicates<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  onDuplicate: (index: number, key: string) => void,
): void {
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    const key = keyOf(item);
    if (seen.has(key)) onDuplicate(index, key);
    seen.add(key);
  }
}
