import { formatOptionPath, type OptionsSchema } from "@kreuz/codec";
import type { Answer } from "@kreuz/router";
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";

/** A JSON Schema of the draft 2020-12, or in code any Standard Schema, such as one of zod. */
export type Schema = boolean | Readonly<Record<string, unknown>> | OptionsSchema;

/** What is wrong at one place of a payload. */
export interface Issue {
  /** `args[0].id`. */
  readonly path: string;
  /** Never has a value of the payload. */
  readonly message: string;
}

/** Checks a part of a payload. @returns what is wrong; empty when nothing is. */
export type Check = (value: unknown) => Answer<readonly Issue[]>;

/** The number of issues that an error tells. */
const MAX_ISSUES = 10;
/** The length of a path, which may have keys of the payload. */
const MAX_PATH = 200;

/** Compiles schemas. One for all rules of a plugin, so that schemas with `$id` may refer to one another. */
export class Compiler {
  readonly #ajv = new Ajv2020({ strict: true, strictTypes: false, ownProperties: true, logger: false });

  /**
   * @param root - the part of the payload: `args` or `kwargs`.
   * @throws Error that says what is wrong with a JSON Schema.
   */
  compile(schema: Schema, root: string): Check {
    if (isStandardSchema(schema)) return standardCheck(schema, root);
    const validate: ValidateFunction = this.#ajv.compile(schema);
    return (value) => (validate(value) === true ? [] : (validate.errors ?? []).map((error) => issueOf(error, root)));
  }
}

/** Whether a schema is one of code, such as one of zod. */
export function isStandardSchema(schema: Schema): schema is OptionsSchema {
  return typeof schema !== "boolean" && "~standard" in schema;
}

function standardCheck(schema: OptionsSchema, root: string): Check {
  const issuesOf = ({ issues = [] }: Awaited<ReturnType<Validate>>): readonly Issue[] =>
    issues.slice(0, MAX_ISSUES).map(({ path = [] }) => {
      const steps = path.map((step) => (typeof step === "object" ? step.key : step));
      // The messages of some libraries quote the value.
      return { path: pathOf(root, steps), message: "is not valid" };
    });
  return (value) => {
    const answer = schema["~standard"].validate(value);
    return answer instanceof Promise ? answer.then(issuesOf) : issuesOf(answer);
  };
}

type Validate = OptionsSchema["~standard"]["validate"];

function issueOf({ instancePath, keyword, params, message = "is not valid" }: ErrorObject, root: string): Issue {
  const steps = instancePath
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  switch (keyword) {
    case "required":
      return { path: pathOf(root, [...steps, String(params["missingProperty"])]), message: "is missing" };
    case "type":
      return { path: pathOf(root, steps), message: `expected ${[params["type"]].flat().join(" or ")}` };
    case "additionalProperties":
    case "unevaluatedProperties":
      return { path: pathOf(root, steps), message: "has an unknown key" };
    default:
      // All others speak of the schema alone: "must be >= 1".
      return { path: pathOf(root, steps), message };
  }
}

function pathOf(root: string, steps: readonly PropertyKey[]): string {
  const path = formatOptionPath([
    root,
    ...steps.map((step) => (/^\d+$/.test(String(step)) ? Number(step) : String(step))),
  ]);
  return path.length > MAX_PATH ? `${path.slice(0, MAX_PATH)}…` : path;
}
