import { suggestion } from "../closest.js";
import { jsonSchemaOf, type CheckedOptions, type OptionsIssue, type OptionsSchema } from "./options-schema.js";

type JsonSchema = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

/**
 * Checks options, and fills in their defaults. Keys that the schema does not know are refused, also by schemas that would
 * drop them in silence.
 *
 * @param schema - absent: there are no options.
 */
export function checkOptions<T>(schema: OptionsSchema<unknown, T> | undefined, options: unknown): CheckedOptions<T> {
  if (schema === undefined) return noOptions(options);
  const json = jsonSchemaOf(schema);
  const unknown = json === undefined ? [] : unknownKeys(json, options, []);
  const result = schema["~standard"].validate(options);
  if (result instanceof Promise) return { issues: [{ path: [], message: "its schema must answer at once" }] };
  const wrong = (result.issues ?? []).map(({ path = [], message }) => ({ path: path.map(plainStep), message }));
  const issues = [...unknown, ...wrong];
  return issues.length > 0 || result.issues !== undefined ? { issues } : { value: result.value };
}

function noOptions<T>(options: unknown): CheckedOptions<T> {
  const keys = isDict(options) ? Object.keys(options) : [];
  if (keys.length === 0) return { value: {} as T };
  return { issues: keys.map((key) => ({ path: [key], message: "unknown key; it takes no options" })) };
}

/** Keys outside `properties`, where the schema says nothing of further ones. Schemas that are combined are left alone. */
function unknownKeys(schema: JsonSchema, value: unknown, path: Path): readonly OptionsIssue[] {
  const { properties, items, additionalProperties, patternProperties } = schema;
  if (Array.isArray(value) && isDict(items))
    return value.flatMap((item, index) => unknownKeys(items, item, [...path, index]));
  if (!isDict(value) || !isDict(properties) || COMBINED.some((key) => key in schema)) return [];
  const known = Object.keys(properties);
  const isClosed = additionalProperties === undefined && patternProperties === undefined;
  return Object.entries(value).flatMap(([key, nested]) => {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (isDict(property)) return unknownKeys(property, nested, [...path, key]);
    return isClosed && !known.includes(key) ? [{ path: [...path, key], message: unknownKey(key, known) }] : [];
  });
}

const COMBINED = ["$ref", "allOf", "anyOf", "oneOf"];

/** The message for a key that does not exist: it names the one that was meant, or all. */
export function unknownKey(key: string, known: readonly string[]): string {
  return `unknown key${suggestion(key, known) || `; known keys are ${known.join(", ")}`}`;
}

function plainStep(step: PropertyKey | { readonly key: PropertyKey }): string | number {
  const key = typeof step === "object" ? step.key : step;
  return typeof key === "number" ? key : String(key);
}

/** Whether a value is a mapping of keys to values. */
export function isDict(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
