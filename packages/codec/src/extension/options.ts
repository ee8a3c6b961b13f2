import { suggestion } from "../closest.js";
import { isDict, unknownKey } from "./check-options.js";
import type { OptionsIssue, OptionsSchema } from "./options-schema.js";

// Builders of options, for extensions that want no third-party schema. Each is a Standard Schema with a JSON Schema.

type Path = readonly (string | number)[];
type JsonSchema = Readonly<Record<string, unknown>>;

/** Reads a value: returns it, or adds to the issues. */
type Read<T> = (value: unknown, path: Path, issues: OptionsIssue[]) => T;

/** One option, or all of them. Make them with {@link options}, {@link text} and the others. */
export class Field<Input, Output = Input> implements OptionsSchema<Input, Output> {
  /** Its JSON Schema. */
  readonly json: JsonSchema;
  readonly read: Read<Output>;
  readonly "~standard": OptionsSchema<Input, Output>["~standard"];

  constructor(json: JsonSchema, read: Read<Output>) {
    this.json = json;
    this.read = read;
    this["~standard"] = {
      version: 1,
      vendor: "kreuz",
      validate: (value) => {
        const issues: OptionsIssue[] = [];
        const checked = read(value, [], issues);
        return issues.length > 0 ? { issues } : { value: checked };
      },
      jsonSchema: { input: () => ({ ...json }) },
    };
  }

  /** May be left out. */
  optional(): Field<Input | undefined, Output | undefined> {
    return new Field<Input | undefined, Output | undefined>(this.json, (value, path, issues) =>
      value === undefined ? undefined : this.read(value, path, issues),
    );
  }

  /** May be left out, and is this then. */
  default(missing: Output & ({} | null)): Field<Input | undefined, Output> {
    const json = typeof missing === "function" ? this.json : { ...this.json, default: missing };
    return new Field<Input | undefined, Output>(json, (value, path, issues) =>
      value === undefined ? missing : this.read(value, path, issues),
    );
  }

  /** Says what it is, for editors. */
  describe(description: string): Field<Input, Output> {
    return new Field<Input, Output>({ ...this.json, description }, this.read);
  }

  /** Marks it as a secret: its value appears in no message. */
  secret(): Field<Input, Output> {
    return new Field<Input, Output>({ ...this.json, writeOnly: true }, (value, path, issues) => {
      const found: OptionsIssue[] = [];
      const checked = this.read(value, path, found);
      issues.push(...found.map((issue) => ({ ...issue, message: issue.message.replace(/, got .*$/s, "") })));
      return checked;
    });
  }
}

type Shape = Readonly<Record<string, Field<unknown>>>;
type InputOf<F> = F extends Field<infer Input, unknown> ? Input : never;
type OutputOf<F> = F extends Field<unknown, infer Output> ? Output : never;
type MayMiss<S extends Shape> = { [K in keyof S]: undefined extends InputOf<S[K]> ? K : never }[keyof S];

/** What may be written for a shape. */
export type ShapeInput<S extends Shape> = { readonly [K in Exclude<keyof S, MayMiss<S>>]: InputOf<S[K]> } & {
  readonly [K in MayMiss<S>]?: InputOf<S[K]>;
};
/** What comes out of it. */
export type ShapeOutput<S extends Shape> = { readonly [K in keyof S]: OutputOf<S[K]> };

/** A mapping with these keys and no others. */
export function options<const S extends Shape>(shape: S): Field<ShapeInput<S>, ShapeOutput<S>> {
  const known = Object.keys(shape);
  const required = known.filter((key) => !accepts(shape[key]!, undefined));
  const json = {
    type: "object",
    properties: Object.fromEntries(known.map((key) => [key, shape[key]!.json])),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
  return new Field<ShapeInput<S>, ShapeOutput<S>>(json, (value, path, issues) => {
    if (!isDict(value)) return refuse("a mapping", value, path, issues);
    for (const key of Object.keys(value))
      if (!Object.hasOwn(shape, key)) issues.push({ path: [...path, key], message: unknownKey(key, known) });
    const read = known.map((key) => [key, shape[key]!.read(value[key], [...path, key], issues)] as const);
    return Object.fromEntries(read.filter(([, one]) => one !== undefined)) as ShapeOutput<S>;
  });
}

/** A mapping with any keys, and values of one type. */
export function mapping<I, O>(values: Field<I, O>): Field<Readonly<Record<string, I>>, Readonly<Record<string, O>>> {
  return new Field<Readonly<Record<string, I>>, Readonly<Record<string, O>>>(
    { type: "object", additionalProperties: values.json },
    (value, path, issues) => {
      if (!isDict(value)) return refuse("a mapping", value, path, issues);
      const read = Object.entries(value).map(([key, one]) => [key, values.read(one, [...path, key], issues)] as const);
      return Object.fromEntries(read);
    },
  );
}

/** A list. */
export function list<I, O>(element: Field<I, O>): Field<readonly I[], readonly O[]> {
  return new Field<readonly I[], readonly O[]>({ type: "array", items: element.json }, (value, path, issues) =>
    Array.isArray(value)
      ? value.map((item: unknown, index) => element.read(item, [...path, index], issues))
      : refuse("a list", value, path, issues),
  );
}

/** A text that is not empty. @param what - what it is, for the error: `the path of a folder`. */
export function text(what = "a text"): Field<string> {
  return new Field<string>({ type: "string", minLength: 1 }, (value, path, issues) =>
    typeof value === "string" && value !== "" ? value : refuse(`${what}, as a non-empty string`, value, path, issues),
  );
}

/** A whole number. */
export function integer(minimum: number, maximum: number = Number.MAX_SAFE_INTEGER): Field<number> {
  const isOpen = maximum === Number.MAX_SAFE_INTEGER;
  const range = isOpen ? `${minimum} or more` : `from ${minimum} to ${maximum}`;
  const what = minimum === 1 && isOpen ? "a positive integer" : `an integer ${range}`;
  const json = { type: "integer", minimum, ...(isOpen ? {} : { maximum }) };
  return new Field<number>(json, (value, path, issues) => {
    const fits = typeof value === "number" && Number.isSafeInteger(value) && value >= minimum && value <= maximum;
    return fits ? value : refuse(what, value, path, issues);
  });
}

/** `true` or `false`. */
export function flag(): Field<boolean> {
  return new Field<boolean>({ type: "boolean" }, (value, path, issues) =>
    typeof value === "boolean" ? value : refuse("true or false", value, path, issues),
  );
}

/** One of a few texts. */
export function choice<const T extends string>(...values: readonly T[]): Field<T> {
  return new Field<T>({ enum: values }, (value, path, issues) => {
    const chosen = values.find((one) => one === value);
    return chosen ?? refuse(`one of ${values.join(", ")}`, value, path, issues, suggestion(value, values));
  });
}

/** Any value, such as a JSON Schema or an object of the program. @param fits - whether the value will do. */
export function value<T = unknown>(what: string, fits: (value: unknown) => value is T): Field<T> {
  return new Field<T>({}, (given, path, issues) => (fits(given) ? given : refuse(what, given, path, issues)));
}

function accepts({ read }: Field<unknown>, given: unknown): boolean {
  const issues: OptionsIssue[] = [];
  read(given, [], issues);
  return issues.length === 0;
}

/** Adds an issue; what is returned is never used, because issues refuse the whole. */
function refuse(expected: string, given: unknown, path: Path, issues: OptionsIssue[], remedy = ""): never {
  issues.push({ path, message: `expected ${expected}, got ${show(given)}${remedy}` });
  return undefined as never;
}

function show(given: unknown): string {
  if (given === undefined || given === null) return "nothing";
  if (typeof given === "string") return JSON.stringify(given.length > 40 ? `${given.slice(0, 40)}…` : given);
  if (Array.isArray(given)) return given.length === 0 ? "an empty list" : "a list";
  return typeof given === "object" ? "a mapping" : typeof given === "function" ? "a function" : String(given);
}
