import { closest, EXTENSION_API, type Extension, jsonSchemaOf, resourcesOpenedBy } from "@kreuz/codec";
import { ExtensionError } from "../run/extension-error.js";
import { KINDS, type MadeExtension, prepareExtension } from "../run/make-extension.js";
import { type Finding, ok, warning, wrong } from "./finding.js";

const UNKNOWN_KEY = "noSuchOption";

/** Where an extension comes from. */
export interface ExtensionOrigin {
  /** Path of the module. */
  readonly module: string;
  /** The name of the export. */
  readonly exported: string;
  readonly folder: string;
}

/** Looks at one extension, and makes it of its example as the router would. */
export async function checkExtension(
  extension: Extension<string, never, unknown>,
  origin: ExtensionOrigin,
): Promise<readonly Finding[]> {
  const { kind, api } = extension;
  if (api !== EXTENSION_API)
    return [
      wrong(
        `it needs version ${String(api)} of the contract with extensions, and this Kreuz has version ${EXTENSION_API}`,
        api > EXTENSION_API ? "update Kreuz" : "build it with the packages of this Kreuz",
      ),
    ];
  return [checkKind(kind), ...checkSchema(extension), ...(await checkMaking(extension, origin))];
}

/** Other kinds than those of a config stand in slots of other extensions. */
function checkKind(kind: string): Finding {
  if (KINDS.includes(kind)) return ok(`it is of the kind ${kind}`);
  const meant = closest(kind, KINDS);
  if (meant === undefined) return ok(`it is of the kind ${kind}, for a slot of another extension`);
  return warning(`it is of the kind ${kind}, which a config has no place for`, `did you mean ${meant}?`);
}

function checkSchema({ options, example }: Extension<string, never, unknown>): readonly Finding[] {
  if (options === undefined) return [ok("it takes no options")];
  const standard: unknown = (options as { readonly "~standard"?: unknown })["~standard"];
  const isStandard =
    typeof standard === "object" &&
    standard !== null &&
    "validate" in standard &&
    typeof standard.validate === "function";
  if (!isStandard)
    return [
      wrong("its options are no Standard Schema", "use the builders of @kreuz/codec/options, zod, valibot or arktype"),
    ];
  const schema = jsonSchemaOf(options);
  return [
    schema === undefined
      ? warning(
          "its options have no JSON Schema, so editors and `kreuz schema` do not know them",
          "use @kreuz/codec/options, zod or arktype",
        )
      : ok("its options are a Standard Schema with a JSON Schema"),
    ...(example === undefined
      ? [warning("it has no example", "add valid options as `example`, which tests and this command use")]
      : []),
  ];
}

async function checkMaking(
  extension: Extension<string, never, unknown>,
  { module, exported, folder }: ExtensionOrigin,
): Promise<readonly Finding[]> {
  const { kind, example = {} } = extension;
  const prepare = (options: object) =>
    prepareExtension({ package: module, export: exported, options: { ...options } }, [kind], { folder, hidden: [] });
  let opened: readonly string[] = [];
  const failure = await problemOf(async () => {
    const make = await prepare(example);
    let made: Promise<MadeExtension> | undefined;
    opened = resourcesOpenedBy(() => void (made = make()));
    await made;
  });
  if (failure !== undefined)
    return [
      extension.example === undefined
        ? warning(`it cannot be made without options: ${failure}`, "add valid options as `example`")
        : wrong(`its example does not fit: ${failure}`, "correct the example, or the schema"),
    ];
  const unknown = await problemOf(async () => {
    const make = await prepare({ ...example, [UNKNOWN_KEY]: 1 });
    await make();
  });
  return [
    ok("its example fits, and makes what the kind demands"),
    opened.length === 0
      ? ok("making it opens nothing")
      : wrong(`making it opens ${opened.join(", ")}`, "open it in setup(), listen() and the like"),
    unknown === undefined
      ? wrong("it takes options that it does not know", "close the schema: misspelled options must not pass")
      : ok("it refuses options that it does not know"),
  ];
}

async function problemOf(action: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    if (error instanceof ExtensionError)
      return error.problems.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
    return error instanceof Error ? error.message : String(error);
  }
}
