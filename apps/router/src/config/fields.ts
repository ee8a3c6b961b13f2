import { suggestion } from "@kreuz/codec";
import { z } from "zod";

// Builders for schema fields. The error of each names what was expected and what was given.

const MAX_INT32 = 2 ** 31 - 1;
/** Longer texts are cut off in errors. */
const MAX_SHOWN_CHARACTERS = 40;

type Shape = Readonly<Record<string, z.ZodType>>;

/** The argument of zod's `error` option. */
interface Mismatch {
  readonly code?: string | undefined;
  readonly input?: unknown;
}

/** Error of a field: `expected a port, got "http"`. */
export function expected(what: string): { readonly error: (mismatch: Mismatch) => string } {
  return { error: ({ input }) => `expected ${what}, got ${show(input)}` };
}

/** Before the list of keys in the error of an unknown one. */
export const KNOWN_KEYS = "known keys are ";

/** A mapping that rejects unknown keys. */
export function section<S extends Shape>(shape: S): z.ZodObject<S, z.core.$strict> {
  const known = Object.keys(shape).join(", ");
  const required = () => Object.keys(shape).filter((key) => shape[key]?.safeParse(undefined).success === false);
  return z.strictObject(shape, {
    error: ({ code, input }: Mismatch) => {
      if (code === "unrecognized_keys") return `unknown key; ${KNOWN_KEYS}${known}`;
      const keys = required().map((key) => `${key}: …`);
      return `expected a mapping${keys.length === 0 ? "" : ` such as { ${keys.join(", ")} }`}, got ${show(input)}`;
    },
  });
}

export function list<T extends z.ZodType>(element: T, what: string): z.ZodArray<T> {
  return z.array(element, expected(what));
}

/** A non-empty text. */
export function text(what: string): z.ZodString {
  const error = ({ input }: Mismatch): string =>
    `expected ${what}, got ${show(input)}${isBare(input) ? "; put it in quotes" : ""}`;
  return z.string({ error }).min(1, { error });
}

/** YAML reads texts of digits, and true, as something else. */
function isBare(input: unknown): boolean {
  return typeof input === "number" || typeof input === "boolean";
}

export function choice<const T extends readonly string[]>(values: T): z.ZodEnum<{ [K in T[number]]: K }> {
  const [last, ...others] = values.toReversed();
  const either = others.length === 0 ? `${last}` : `${others.toReversed().join(", ")} or ${last}`;
  const { error } = expected(either);
  return z.enum(values, { error: (mismatch: Mismatch) => `${error(mismatch)}${suggestion(mismatch.input, values)}` });
}

export function flag(): z.ZodBoolean {
  return z.boolean(expected("true or false"));
}

/** A delay that timers support. */
export function milliseconds(): z.ZodInt {
  return integer(1, MAX_INT32, "milliseconds, 1 or more");
}

export function bytes(min = 1): z.ZodInt {
  return integer(min, MAX_INT32, `bytes, ${min} to ${MAX_INT32}`);
}

export function count(): z.ZodInt {
  return integer(1, MAX_INT32, "a whole number, 1 or more");
}

export function integer(min: number, max: number, what = `a whole number from ${min} to ${max}`): z.ZodInt {
  return z.int(expected(what)).min(min, expected(what)).max(max, expected(what));
}

function show(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (typeof value === "string") {
    const long = value.length > MAX_SHOWN_CHARACTERS;
    return JSON.stringify(long ? `${value.slice(0, MAX_SHOWN_CHARACTERS)}…` : value);
  }
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  return typeof value === "object" ? "a mapping" : String(value);
}
