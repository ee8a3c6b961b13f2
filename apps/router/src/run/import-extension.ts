import { fileURLToPath } from "node:url";
import { type Extension, EXTENSION_API, type ExtensionRef, isExtension } from "@kreuz/codec";
import { wrong } from "./extension-error.js";
import { type PackageManifest, packageAbove, unfitPeers } from "./package-manifest.js";
import { resolveModule } from "./resolve-module.js";

/** The exports of a module. */
export type Module = Readonly<Record<string, unknown>>;

/** A plain function that makes an extension of its options. */
export type Factory = (options: unknown) => unknown;

/** What a module exports to make an extension. */
export interface ImportedExtension {
  readonly make: Extension<string, unknown, unknown> | Factory;
  /** For messages: `@acme/audit 1.2.0`, or the path of a file. */
  readonly origin: string;
  /** What hardly works. */
  readonly warnings: readonly string[];
}

/** Extensions that are dependencies of this package, so that their version always fits. */
const BUNDLED: Readonly<Record<string, () => Promise<Module>>> = {
  "@kreuz/cluster-nats/event-store": () => import("@kreuz/cluster-nats/event-store"),
  "@kreuz/event-history": () => import("@kreuz/event-history"),
  "@kreuz/registry-meta": () => import("@kreuz/registry-meta"),
  "@kreuz/session-meta": () => import("@kreuz/session-meta"),
  "@kreuz/testament": () => import("@kreuz/testament"),
};

/**
 * Imports what makes an extension.
 *
 * @param kinds - the kinds of extensions that fit.
 * @param folder - the folder that packages and relative paths are resolved from.
 * @throws ExtensionError when it is missing, cannot be loaded, or is not of such a kind.
 */
export async function importExtension(
  ref: ExtensionRef,
  kinds: readonly string[],
  folder: string,
): Promise<ImportedExtension> {
  const bundled = Object.hasOwn(BUNDLED, ref.package) ? BUNDLED[ref.package] : undefined;
  const url = bundled === undefined ? resolve(ref.package, folder) : undefined;
  const module = bundled === undefined ? await loadModule(ref.package, url!) : await bundled();
  const above = url === undefined ? undefined : packageAbove(fileURLToPath(url))?.manifest;
  const make = exportOf(module, ref, kinds);
  checkKind(make, ref.package, kinds);
  return { make, origin: originOf(ref.package, above), warnings: above === undefined ? [] : unfitPeers(above) };
}

function originOf(name: string, manifest: PackageManifest | undefined): string {
  return manifest?.version === undefined || name.startsWith(".") ? name : `${name} ${manifest.version}`;
}

function resolve(name: string, folder: string): string {
  try {
    return resolveModule(name, folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND")
      throw wrong("package", `cannot find "${name}": ${messageOf(error)}`);
    const reason = name.startsWith(".") ? "no such file" : `install it with: npm install ${name}`;
    throw wrong("package", `cannot find "${name}" from ${folder}; ${reason}`);
  }
}

/** Imports a module. @throws ExtensionError that says why it cannot be loaded, and what to do. */
export async function loadModule(name: string, url: string): Promise<Module> {
  try {
    const module = (await import(url)) as Module;
    // Not all exports of CommonJS are found by name.
    const { default: commonJs } = module;
    return typeof commonJs === "object" && commonJs !== null ? { ...commonJs, ...module } : module;
  } catch (error) {
    throw wrong("package", `cannot load "${name}": ${loadingReason(url, error) ?? messageOf(error)}`);
  }
}

/** Node's own errors do not say what to do. */
function loadingReason(url: string, error: unknown): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  const isSyntax = error instanceof SyntaxError;
  if (
    /\.[cm]?ts$/.test(url) &&
    (isSyntax || code?.startsWith("ERR_UNKNOWN_FILE") || code?.startsWith("ERR_UNSUPPORTED"))
  )
    return `Node.js ${process.versions.node} cannot run this TypeScript; compile it to JavaScript`;
  const message = messageOf(error);
  const missing = code === "ERR_MODULE_NOT_FOUND" ? /Cannot find package '([^']+)'/.exec(message)?.[1] : undefined;
  if (missing !== undefined)
    return `it imports "${missing}", which is not installed; install it with: npm install ${packageOf(missing)}`;
  if (/^(module|exports|require) is not defined in ES module scope/.test(message))
    return 'it is CommonJS, but its package.json says "type": "module"; export with `export`, or name the file .cjs';
  if (isSyntax && /Unexpected token 'export'|Cannot use import statement/.test(message))
    return 'it is an ES module in a package of CommonJS; add "type": "module" to its package.json, or name the file .mjs';
  return undefined;
}

/** `@kreuz/codec/options` is in `@kreuz/codec`. */
function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

/** The export that the config names, else the only one of a kind that fits, else the function with a conventional name. */
function exportOf(module: Module, ref: ExtensionRef, kinds: readonly string[]): ImportedExtension["make"] {
  const found = Object.keys(module).join(", ") || "nothing";
  if (ref.export !== undefined) {
    const named = Object.hasOwn(module, ref.export) ? module[ref.export] : undefined;
    if (isFunction(named)) return named;
    throw wrong("export", `"${ref.package}" exports no function "${ref.export}"; it exports ${found}`);
  }
  const fitting = Object.entries(module).filter(([, value]) => isExtension(value) && kinds.includes(value.kind));
  const different = fitting.filter(([, value], index) => fitting.findIndex(([, other]) => other === value) === index);
  if (different.length > 1) {
    const several = different.map(([name]) => name).join(", ");
    throw wrong("package", `"${ref.package}" has several that fit: ${several}. Add export: with the name of one`);
  }
  const names = [camelCase(ref.package), ...kinds.map(camelCase), "default"];
  const chosen = different[0]?.[1] ?? names.map((name) => module[name]).find(isFunction);
  if (isFunction(chosen)) return chosen;
  throw wrong(
    "package",
    `"${ref.package}" exports no ${kinds.join(" or ")}, and no function ${[...new Set(names)].join(", ")}; it exports ${found}. ` +
      "Add export: with the name of the function that makes it",
  );
}

function checkKind(make: ImportedExtension["make"], name: string, kinds: readonly string[]): void {
  if (!isExtension(make)) return;
  if (!kinds.includes(make.kind))
    throw wrong("package", `"${name}" is of the kind ${make.kind}; expected ${kinds.join(" or ")}`);
  if (make.api !== EXTENSION_API)
    throw wrong(
      "package",
      `"${name}" needs version ${make.api} of the contract with extensions, and this Kreuz has version ${EXTENSION_API}; ` +
        `${make.api > EXTENSION_API ? "update Kreuz" : "update the package"}`,
    );
}

function isFunction(value: unknown): value is Factory {
  return typeof value === "function";
}

/** Turns `@kreuz/session-meta` and `./plugins/session-meta.js` into `sessionMeta`. */
function camelCase(specifier: string): string {
  const last = specifier.split(/[/\\]/).at(-1) ?? "";
  return last.replace(/\.[cm]?[jt]s$/, "").replaceAll(/[-_.]+(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
