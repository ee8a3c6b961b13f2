import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/** Conditions of `exports` that an import in Node matches. */
const CONDITIONS = ["import", "node", "module-sync", "default"];

/**
 * Resolves a module from a folder: a package installed there or above, or a relative path.
 *
 * `import` resolves only from the importing file, so this uses `require.resolve`. That does not find packages that
 * support only `import`; those are looked up here.
 *
 * @returns the URL of the module.
 * @throws Error if there is no such module.
 */
export function resolveModule(specifier: string, folder: string): string {
  try {
    return pathToFileURL(createRequire(join(folder, "_")).resolve(specifier)).href;
  } catch (error) {
    const entry =
      (error as NodeJS.ErrnoException).code === "ERR_PACKAGE_PATH_NOT_EXPORTED"
        ? importOnlyEntry(specifier, folder)
        : undefined;
    if (entry === undefined) throw error;
    return pathToFileURL(entry).href;
  }
}

/** The file that `import` of the package `name` loads. */
function importOnlyEntry(name: string, folder: string): string | undefined {
  const found = join(folder, "node_modules", name);
  if (existsSync(join(found, "package.json"))) return entryOf(found);
  return dirname(folder) === folder ? undefined : importOnlyEntry(name, dirname(folder));
}

/** The file that `import` of the package in a folder loads; `undefined` when its package.json names none. */
export function entryOf(folder: string): string | undefined {
  const { exports, main } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    readonly exports?: unknown;
    readonly main?: string;
  };
  const target = exports === undefined ? main : targetOf(isRecord(exports) && "." in exports ? exports["."] : exports);
  return target === undefined ? undefined : join(folder, target);
}

/** The first target whose conditions match, in the order of the package. */
function targetOf(exports: unknown): string | undefined {
  if (typeof exports === "string") return exports;
  if (!isRecord(exports)) return undefined;
  for (const [condition, nested] of Object.entries(exports)) {
    const target = CONDITIONS.includes(condition) ? targetOf(nested) : undefined;
    if (target !== undefined) return target;
  }
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
