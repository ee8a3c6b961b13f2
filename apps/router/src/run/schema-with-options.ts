import { type Extension, type ExtensionRef, isExtension, jsonSchemaOf } from "@kreuz/codec";
import { configJsonSchema } from "../config/config-schema.js";
import { extensionPlaces, namesExtension } from "../config/extension-config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { importExtension } from "./import-extension.js";

type JsonSchema = Readonly<Record<string, unknown>>;

/** An extension that a config names, and the JSON Schema of its options. */
interface KnownOptions {
  readonly ref: ExtensionRef;
  readonly schema: JsonSchema;
}

/**
 * The JSON Schema of config files, with the options of the packages that this config names, for editors.
 *
 * @throws ExtensionError when a package cannot be loaded.
 */
export async function schemaWithOptions({ config, folder }: LoadedConfig): Promise<JsonSchema> {
  const known = new Map<string, KnownOptions>();
  for (const { ref, kinds } of extensionPlaces(config)) await learn(ref, kinds, folder, known);
  const rules = [...known.values()].map(rule);
  return rules.length === 0 ? configJsonSchema() : (withRules(configJsonSchema(), rules) as JsonSchema);
}

/** Notes the options of an extension, and of those in its slots. */
async function learn(
  ref: ExtensionRef,
  kinds: readonly string[],
  folder: string,
  known: Map<string, KnownOptions>,
): Promise<void> {
  const { make } = await importExtension(ref, kinds, folder);
  if (!isExtension(make)) return;
  const { slots = {} } = make;
  const schema = optionsOf(make);
  if (schema !== undefined) known.set(`${ref.package} ${ref.export ?? ""}`, { ref, schema });
  for (const [slot, kind] of Object.entries(slots)) {
    const inside: unknown = ref.options?.[slot];
    if (typeof inside === "object" && inside !== null && namesExtension(inside))
      await learn(inside, [kind], folder, known);
  }
}

function optionsOf({ options, slots = {} }: Extension<string, never, unknown>): JsonSchema | undefined {
  if (options === undefined) return { type: "object", additionalProperties: false };
  const { $schema: _, ...schema } = jsonSchemaOf(options) ?? {};
  if (Object.keys(schema).length === 0) return undefined;
  const { properties } = schema as { readonly properties?: JsonSchema };
  if (properties === undefined) return fromElsewhere(schema) as JsonSchema;
  const inSlots = Object.keys(slots).map((slot): [string, unknown] => [slot, SLOT]);
  return {
    ...(fromElsewhere(schema) as JsonSchema),
    properties: { ...(fromElsewhere(properties, true) as JsonSchema), ...Object.fromEntries(inSlots) },
  };
}

/** In a config, a slot has the package that stands in it. */
const SLOT: JsonSchema = {
  type: "object",
  properties: { package: { type: "string" }, export: { type: "string" }, options: { type: "object" } },
  required: ["package"],
  additionalProperties: false,
};

const VARIABLE: JsonSchema = { type: "string", pattern: "\\$\\{" };
const FILE: JsonSchema = {
  type: "object",
  properties: { $file: { type: "string" } },
  required: ["$file"],
  additionalProperties: false,
};

/** Any value may come from a variable of the environment, or from a file. @param isNames - the keys are those of options. */
function fromElsewhere(schema: unknown, isNames = false): unknown {
  if (Array.isArray(schema)) return schema.map((each) => fromElsewhere(each));
  if (typeof schema !== "object" || schema === null) return schema;
  if (isNames) return mapped(schema, (each) => fromElsewhere(each));
  const { description, default: fallback, ...rest } = schema as JsonSchema;
  const isValue = ["string", "integer", "number", "boolean"].includes(String(rest["type"])) || "enum" in rest;
  if (isValue)
    return {
      ...(description === undefined ? {} : { description }),
      ...(fallback === undefined ? {} : { default: fallback }),
      anyOf: [rest, VARIABLE, FILE],
    };
  return Object.fromEntries(
    Object.entries(schema).map(([key, child]) => [
      key,
      NESTED.includes(key) ? fromElsewhere(child, key === "properties") : child,
    ]),
  );
}

/** Keywords that hold further schemas. */
const NESTED = ["properties", "items", "additionalProperties", "anyOf", "oneOf", "allOf"];

/** What holds where a config names the extension. */
function rule({ ref, schema }: KnownOptions): JsonSchema {
  const { required } = schema as { readonly required?: readonly string[] };
  const named = {
    package: { const: ref.package },
    ...(ref.export === undefined ? {} : { export: { const: ref.export } }),
  };
  return {
    if: { properties: named, required: Object.keys(named) },
    // A keyword of JSON Schema; nobody awaits it.
    // oxlint-disable-next-line unicorn/no-thenable
    then: { properties: { options: schema }, ...(required === undefined ? {} : { required: ["options"] }) },
  };
}

/** Adds the rules wherever a schema describes an extension. */
function withRules(schema: unknown, rules: readonly JsonSchema[]): unknown {
  if (Array.isArray(schema)) return schema.map((each) => withRules(each, rules));
  if (typeof schema !== "object" || schema === null) return schema;
  const within = mapped(schema, (each) => withRules(each, rules));
  const { properties } = within as { readonly properties?: JsonSchema };
  const isExtensionSchema = properties !== undefined && "package" in properties && "options" in properties;
  return isExtensionSchema ? { ...within, allOf: rules } : within;
}

function mapped(schema: object, change: (child: unknown) => unknown): JsonSchema {
  return Object.fromEntries(Object.entries(schema).map(([key, child]) => [key, change(child)]));
}
