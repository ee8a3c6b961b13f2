/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** For example `realms[0].name`; empty when it concerns the whole. */
  readonly path: string;
  /** What is wrong, without the path. */
  readonly message: string;
  /** From 1; absent when the configuration does not come from a file. */
  readonly line?: number;
  readonly column?: number;
}

/** A configuration that the router cannot run with. Names all problems at once. */
export class InvalidConfigError extends Error {
  override readonly name = "InvalidConfigError";
  readonly problems: readonly ConfigProblem[];

  /** @param source - name of the file, or words for what was read instead of one. */
  constructor(source: string, problems: readonly ConfigProblem[]) {
    super(problems.map((problem) => describeProblem(source, problem)).join("\n"));
    this.problems = problems;
  }
}

function describeProblem(source: string, { path, message, line, column }: ConfigProblem): string {
  const place = line === undefined ? source : `${source}:${line}:${column}`;
  return path === "" ? `${place}: ${message}` : `${place}: ${path}: ${message}`;
}
