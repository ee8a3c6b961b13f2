import { z } from "zod";

/** Builders for the parts of the schema: every one knows how to say what was expected. */

type Shape = Readonly<Record<string, z.ZodType>>;

const MAX_DELAY_MS = 2 ** 31 - 1;
const MAX_BYTES = 2 ** 31 - 1;

/** What an `error` option of the schema library is given. */
interface Wrong {
  readonly code?: string | undefined;
  readonly input?: unknown;
}

/** Words for a value that does not fit: `expected a port, got "http"`. */
export function expected(what: string): { readonly error: (wrong: Wrong) => string } {
  return { error: ({ input }) => `expected ${what}, got ${show(input)}` };
}

/** A mapping that refuses unknown keys. */
export function section<S extends Shape>(shape: S): z.ZodObject<S, z.core.$strict> {
  const known = Object.keys(shape).join(", ");
  return z.strictObject(shape, {
    error: ({ code, input }: Wrong) =>
      code === "unrecognized_keys"
        ? `unknown key; the keys here are ${known}`
        : `expected a mapping, got ${show(input)}`,
  });
}

export function list<T extends z.ZodType>(element: T, what: string): z.ZodArray<T> {
  return z.array(element, expected(what));
}

export function text(what: string): z.ZodString {
  return z.string(expected(what)).min(1, expected(what));
}

export function choice<const T extends readonly string[]>(values: T): z.ZodEnum<{ [K in T[number]]: K }> {
  return z.enum(values, expected(oneOf(values)));
}

export function flag(): z.ZodBoolean {
  return z.boolean(expected("true or false"));
}

export function milliseconds(): z.ZodInt {
  return integer(1, MAX_DELAY_MS, "milliseconds, 1 or more");
}

export function bytes(least = 1): z.ZodInt {
  return integer(least, MAX_BYTES, `bytes, ${least} to ${MAX_BYTES}`);
}

export function count(): z.ZodInt {
  return integer(1, MAX_BYTES, "a whole number, 1 or more");
}

export function integer(least: number, most: number, what = `a whole number from ${least} to ${most}`): z.ZodInt {
  return z.int(expected(what)).min(least, expected(what)).max(most, expected(what));
}

export function oneOf(values: readonly string[]): string {
  const [last, ...others] = values.toReversed();
  return others.length === 0 ? `${last}` : `${others.toReversed().join(", ")} or ${last}`;
}

const LONGEST = 40;

/** A value as an error shows it: short, and with a word for what is not there. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (typeof value === "string") return JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value);
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  return typeof value === "object" ? "a mapping" : String(value);
}
