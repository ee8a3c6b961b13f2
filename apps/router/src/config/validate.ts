import type { z } from "zod";
import type { ConfigPath } from "./config-path.js";

/** Something that does not fit the schema. */
export interface SchemaProblem {
  readonly path: ConfigPath;
  /** Whether the key at the end of the path is wrong, or what is under it. */
  readonly part: "value" | "key";
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

/** The findings of the schema library, one for each place. */
export function schemaProblems(issues: readonly Issue[]): readonly SchemaProblem[] {
  const problems = issues.flatMap((issue) => problemsOf(issue, []));
  // A value that breaks several rules at once is described the same way by each.
  const places = problems.map((problem) => JSON.stringify(problem));
  return problems.filter((_, index) => places.indexOf(places[index] ?? "") === index);
}

function problemsOf(issue: Issue, base: ConfigPath): readonly SchemaProblem[] {
  const path = [...base, ...issue.path.map((step) => (typeof step === "number" ? step : String(step)))];
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ path: [...path, key], part: "key", message: issue.message }));
  if (issue.code === "invalid_union") return closestBranch(issue.errors).flatMap((nested) => problemsOf(nested, path));
  return [{ path, part: "value", message: issue.message }];
}

/** Of the alternatives that all failed, the one that was meant: where the value fitted at the top. */
function closestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const fitting = branches.find((issues) =>
    issues.every(({ path, code }) => path.length > 0 || code === "unrecognized_keys"),
  );
  return fitting ?? branches[0] ?? [];
}
