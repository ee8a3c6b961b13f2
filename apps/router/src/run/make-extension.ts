import { checkOptions, type Dict, type Extension, type ExtensionRef, isExtension, jsonSchemaOf } from "@kreuz/codec";
import type { ConfigPath } from "../config/config-problem.js";
import { withLiterals } from "../config/expand.js";
import { namesExtension } from "../config/extension-config.js";
import { ExtensionError, refusedOptions, wrong } from "./extension-error.js";
import { importExtension } from "./import-extension.js";

/** An extension of a config, made of its options. */
export interface MadeExtension {
  readonly kind: string;
  /** As many as the function made: plugins may come in lists. */
  readonly made: readonly object[];
  /** For messages: `@acme/audit 1.2.0`. */
  readonly origin: string;
  /** What hardly works, such as a package that was made for another version of the router. */
  readonly warnings: readonly string[];
  /** The options, checked and with their defaults, for `update`. */
  readonly options: unknown;
}

/** What is needed besides the reference. */
export interface MakeContext {
  /** The folder that packages and relative paths are resolved from. */
  readonly folder: string;
  /** Paths, relative to the reference, of values that came from the environment or a file: texts that may be secrets. */
  readonly hidden: readonly ConfigPath[];
}

/** The kinds that a config has places for. */
export const KINDS: readonly string[] = [
  "plugin",
  "router-plugin",
  "authenticator",
  "authorizer",
  "transport",
  "route",
];

/** What an object must have to be of a kind. Slots are their owner's to check. */
const METHODS: Readonly<Record<string, readonly string[]>> = {
  plugin: ["setup"],
  "router-plugin": ["setup"],
  authenticator: ["begin"],
  authorizer: ["authorize"],
  transport: ["listen"],
  route: ["handle"],
};

/**
 * Imports an extension and makes it of its options. Nothing is opened: that is what `kreuz check` does, too.
 *
 * @param kinds - the kinds that fit.
 * @throws ExtensionError with everything that is wrong.
 */
export async function makeExtension(
  ref: ExtensionRef,
  kinds: readonly string[],
  context: MakeContext,
): Promise<MadeExtension> {
  const make = await prepareExtension(ref, kinds, context);
  return make();
}

/**
 * Imports an extension and checks its options.
 *
 * @returns what makes it. The extension's own function runs before that returns.
 * @throws ExtensionError as {@link makeExtension} does.
 */
export async function prepareExtension(
  ref: ExtensionRef,
  kinds: readonly string[],
  context: MakeContext,
): Promise<() => Promise<MadeExtension>> {
  const { make, origin, warnings } = await importExtension(ref, kinds, context.folder);
  const kind = isExtension(make) ? make.kind : kinds[0]!;
  const orRefused = async <T>(action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      throw refusedOptions(ref.package, error);
    }
  };
  const options = isExtension(make) ? await orRefused(() => optionsOf(make, ref, context)) : (ref.options ?? {});
  return () =>
    orRefused(async () => {
      const made: unknown = await make(options as never);
      const all: readonly unknown[] = Array.isArray(made) ? made : [made];
      return { kind, made: all.map((one) => checkMade(one, ref.package, kind)), origin, warnings, options };
    });
}

/** Options with what stands in their slots, checked. */
async function optionsOf(
  extension: Extension<string, unknown, unknown>,
  { options = {} }: ExtensionRef,
  context: MakeContext,
): Promise<unknown> {
  const filled = await fillSlots(extension, options, context);
  const { options: schema } = extension;
  const checked = checkOptions(schema, filled);
  if (checked.issues === undefined) return checked.value;
  // Variables are texts, and stand for a number or a flag where the schema takes no text.
  const places = context.hidden.filter(([first]) => first === "options").map((path) => path.slice(1));
  const again = checkOptions(schema, withLiterals(filled, places));
  if (again.issues === undefined) return again.value;
  const json = schema === undefined ? undefined : jsonSchemaOf(schema);
  throw new ExtensionError(
    again.issues.map(({ path, message }) => ({
      path: ["options", ...path],
      message: isHidden(path, places) || isWriteOnly(json, path) ? "is not valid" : message,
    })),
  );
}

/** Makes the extensions that stand in the slots of another one's options. */
async function fillSlots(
  { slots = {} }: Extension<string, unknown, unknown>,
  options: Dict,
  context: MakeContext,
): Promise<Dict> {
  const filled: Record<string, unknown> = { ...options };
  for (const [slot, kind] of Object.entries(slots)) {
    const ref = options[slot];
    if (ref === undefined) continue;
    const at = ["options", slot];
    if (typeof ref !== "object" || ref === null || !namesExtension(ref))
      throw new ExtensionError([{ path: at, message: `expected a mapping with package: and its options (${kind})` }]);
    const hidden = context.hidden.filter((path) => path[0] === at[0] && path[1] === slot).map((path) => path.slice(2));
    try {
      filled[slot] = (await makeExtension(ref, [kind], { ...context, hidden })).made[0];
    } catch (error) {
      if (!(error instanceof ExtensionError)) throw error;
      throw new ExtensionError(error.problems.map(({ path, message }) => ({ path: [...at, ...path], message })));
    }
  }
  return filled;
}

function checkMade(made: unknown, name: string, kind: string): object {
  const methods = METHODS[kind] ?? [];
  const isObject = (typeof made === "object" && made !== null) || (typeof made === "function" && methods.length === 0);
  const missing = methods.filter((method) => !isObject || typeof (made as Dict)[method] !== "function");
  const given: unknown = isObject ? (made as Dict)["name"] : undefined;
  const isNamed = !kind.endsWith("plugin") || (typeof given === "string" && given !== "");
  if (isObject && missing.length === 0 && isNamed) return made;
  const wanted = [...(kind.endsWith("plugin") ? ["name"] : []), ...methods.map((method) => `${method}()`)].join(
    " and ",
  );
  throw wrong("package", `"${name}" did not return a ${kind}: expected an object with ${wanted}`);
}

function isHidden(path: ConfigPath, places: readonly ConfigPath[]): boolean {
  return places.some((place) => place.every((step, index) => step === path[index]));
}

/** Whether the schema marks the value at a path as a secret. */
function isWriteOnly(json: unknown, path: ConfigPath): boolean {
  let at: unknown = json;
  for (const step of path) {
    if (typeof at !== "object" || at === null) return false;
    const { properties, items } = at as { properties?: Dict; items?: unknown };
    at = typeof step === "number" ? items : properties?.[step];
  }
  return typeof at === "object" && at !== null && (at as Dict)["writeOnly"] === true;
}
