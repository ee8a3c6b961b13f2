/**
 * Checks the options of an extension: any Standard Schema, so zod, valibot and arktype fit, and so do the builders of
 * `@kreuz/codec/options`. It must answer at once. Its JSON Schema, where it has one, helps editors, and refuses unknown keys.
 */
export interface OptionsSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    validate(value: unknown): SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly jsonSchema?: { input(options: { readonly target: "draft-2020-12" }): Record<string, unknown> };
  };
}

type SchemaResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: readonly SchemaPathStep[] | undefined }[] };
type SchemaPathStep = PropertyKey | { readonly key: PropertyKey };

/** One option that is wrong. */
export interface OptionsIssue {
  /** Keys and indices that lead to it. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Options with their defaults filled in, or everything that is wrong with them. */
export type CheckedOptions<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly value?: undefined; readonly issues: readonly OptionsIssue[] };

/** Formats the path of an option: `topics[0].uri`. */
export function formatOptionPath(path: readonly (string | number)[]): string {
  return path.map((step, index) => (typeof step === "number" ? `[${step}]` : index === 0 ? step : `.${step}`)).join("");
}

/** The JSON Schema of options, where their schema has one. Some cannot express every type, and throw. */
export function jsonSchemaOf(schema: OptionsSchema): Readonly<Record<string, unknown>> | undefined {
  try {
    return schema["~standard"].jsonSchema?.input({ target: "draft-2020-12" });
  } catch {
    return undefined;
  }
}
