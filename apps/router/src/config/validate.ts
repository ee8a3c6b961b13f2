import { suggestion } from "@kreuz/codec";
import type { z } from "zod";
import type { ConfigPath } from "./config-problem.js";
import { KNOWN_KEYS } from "./fields.js";
import { withoutValue } from "./secrets.js";

/** A value that does not match the schema. */
export interface SchemaProblem {
  readonly path: ConfigPath;
  /** Whether the last key of the path is wrong, or its value. */
  readonly part: "value" | "key";
  readonly message: string;
}

/** The value with its defaults filled in, or the problems. */
export type Validation<T> =
  | { readonly value: T; readonly problems?: undefined }
  | { readonly value?: undefined; readonly problems: readonly SchemaProblem[] };

type Issue = z.core.$ZodIssue;

/**
 * Validates a value against a schema and reports one problem per place.
 *
 * @param place - what kind of value it is, for secrets in it: `users`.
 */
export function validate<T>(schema: z.ZodType<T>, input: unknown, place: ConfigPath = []): Validation<T> {
  // Zod compiles code for each kind of object. A config has few of each, so that it would only delay the start; users are many.
  const jitless = place.length === 0;
  const { success, data, error } = schema.safeParse(input, { reportInput: true, jitless });
  if (success) return { value: data };
  const problems = error.issues
    .flatMap((issue) => problemsOf(issue, place))
    .map((problem) => ({ ...problem, path: problem.path.slice(place.length) }));
  // A value that breaks several rules yields the same problem for each.
  const keys = problems.map((problem) => JSON.stringify(problem));
  return { problems: problems.filter((_, index) => keys.indexOf(keys[index] ?? "") === index) };
}

function problemsOf(issue: Issue, base: ConfigPath): readonly SchemaProblem[] {
  const path = [...base, ...issue.path.map((step) => (typeof step === "number" ? step : String(step)))];
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ path: [...path, key], part: "key", message: unknownKey(key, issue.message) }));
  if (issue.code === "invalid_union") return closestBranch(issue.errors).flatMap((nested) => problemsOf(nested, path));
  return [{ path, part: "value", message: withoutValue(path, issue.message) }];
}

/** Names the key that was probably meant, in place of all known ones. */
function unknownKey(key: string, message: string): string {
  const [, known = ""] = message.split(KNOWN_KEYS);
  if (CROSSBAR_KEYS.includes(key)) return `unknown key; for configs of Crossbar.io see ${CROSSBAR_PAGE}`;
  const meant = suggestion(key, known.split(", "));
  return meant === "" ? message : `unknown key${meant}`;
}

/** Keys at the top of a config of Crossbar.io. */
const CROSSBAR_KEYS: readonly string[] = ["version", "controller", "workers"];
const CROSSBAR_PAGE = "https://github.com/kreuz-wamp/kreuz/tree/main/docs/from-crossbar.md";

/** The branch of a union that was probably meant: the one that the value matches at the top. */
function closestBranch(all: readonly (readonly Issue[])[]): readonly Issue[] {
  // What names a package is an extension, whatever else is wrong with it.
  const branches = all.filter((issues) => !issues.some(refusesPackage));
  const matching = branches.find((issues) =>
    issues.every(({ path, code }) => path.length > 0 || code === "unrecognized_keys"),
  );
  return matching ?? branches[0] ?? all[0] ?? [];
}

function refusesPackage(issue: Issue): boolean {
  return issue.code === "unrecognized_keys" && issue.path.length === 0 && issue.keys.includes("package");
}
