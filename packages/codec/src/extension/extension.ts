import { ConfigError } from "../config-error.js";
import type { Dict } from "../payload.js";
import { checkOptions } from "./check-options.js";
import { formatOptionPath, type OptionsIssue, type OptionsSchema } from "./options-schema.js";

/** How a config names an extension: a package, or a file beside the config. */
export interface ExtensionRef {
  /** Name of a package, or a path that starts with a dot, relative to the config file. */
  readonly package: string;
  /** The export that makes it. Needed only where the package exports several of the kind. */
  readonly export?: string | undefined;
  readonly options?: Dict | undefined;
}

/** The version of the contract between extensions and the router, which refuses versions that it does not know. */
export const EXTENSION_API = 1;

/** What an extension says of itself. */
export interface ExtensionInfo<Input, Output = Input> {
  /** Appears in logs and errors. */
  readonly name: string;
  /** Checks its options and fills in their defaults. Absent: it takes none. */
  readonly options?: OptionsSchema<Input, Output>;
  /** Options that are extensions themselves, with their kind: `{ store: "event-store" }`. In a config they are an {@link ExtensionRef}. */
  readonly slots?: Readonly<Record<string, string>>;
  /** Valid options, for documentation and tests. */
  readonly example?: Dict;
}

/** An extension: a function that makes it, and what a loader must know beforehand. One export serves code and configs. */
export interface Extension<Kind extends string, Input, Made> extends ExtensionInfo<unknown, unknown> {
  /** @throws ConfigError that names the wrong options. */
  (...options: Optional<Input>): Made;
  readonly kind: Kind;
  readonly api: number;
}

/** Options may be left out when none is required. */
type Optional<Input> = object extends Input ? [options?: Input] : [options: Input];

/** An extension, and how to make it of its options. */
export interface ExtensionDefinition<Input, Output, Made> extends ExtensionInfo<Input, Output> {
  /** Makes it. Opens nothing and starts nothing: that comes with its `setup`, `listen` and the like. */
  create(options: Output): Made;
}

/**
 * Defines an extension of any kind. Most kinds have a function of their own, such as `definePlugin` in `@kreuz/router`.
 *
 * @param kind - the kind of extension, for the loader: `plugin`, `transport`, or the name of a slot.
 */
export function defineExtension<Kind extends string, Made, Input = object, Output = Input>(
  kind: Kind,
  { create, name, ...info }: ExtensionDefinition<Input, Output, Made>,
): Extension<Kind, Input, Made> {
  const make = (options: unknown = {}): Made => {
    const checked = checkOptions(info.options, options);
    if (checked.issues !== undefined) throw wrongOptions(name, checked.issues);
    return create(checked.value);
  };
  // A function has a name already, which cannot be assigned.
  Object.defineProperty(make, "name", { value: name, enumerable: true });
  return Object.assign(make, { kind, api: EXTENSION_API, ...info }) as Extension<Kind, Input, Made>;
}

/** Whether a value was made by {@link defineExtension}, perhaps by that of another copy of this package. */
export function isExtension(value: unknown): value is Extension<string, never, unknown> {
  return typeof value === "function" && "kind" in value && "api" in value && typeof value.kind === "string";
}

function wrongOptions(name: string, issues: readonly OptionsIssue[]): ConfigError {
  const [first, ...others] = issues.map(({ path, message }) => ({ path: formatOptionPath(path), message }));
  const more = others.map(({ path, message }) => `; ${path === "" ? message : `${path}: ${message}`}`).join("");
  const where = first === undefined || first.path === "" ? name : `${name}.${first.path}`;
  return new ConfigError(where, `${first?.message ?? "its options are wrong"}${more}`);
}
