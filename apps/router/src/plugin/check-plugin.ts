import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isExtension } from "@kreuz/codec";
import { ExtensionError } from "../run/extension-error.js";
import { loadModule } from "../run/import-extension.js";
import { type FoundPackage, packageAbove, readManifest } from "../run/package-manifest.js";
import { entryOf, resolveModule } from "../run/resolve-module.js";
import { checkExtension } from "./check-extension.js";
import { checkPackage } from "./check-package.js";
import { type Finding, warning, wrong } from "./finding.js";

/** What was found about a package or a file. */
export interface PluginReport {
  /** `@acme/audit 1.2.0`, or the path of a file. */
  readonly title: string;
  readonly sections: readonly { readonly title: string; readonly findings: readonly Finding[] }[];
}

/**
 * Looks at a package or a file as the router would, and at what publishing it needs.
 *
 * @param target - the name of a package that is installed, or the path of a folder or a file.
 */
export async function checkPlugin(target: string, cwd: string): Promise<PluginReport> {
  const entry = findEntry(target, cwd);
  if (typeof entry !== "string") return { title: target, sections: [{ title: "package", findings: [entry] }] };
  const found = packageAbove(entry);
  const title = found === undefined ? entry : [found.manifest.name, found.manifest.version].join(" ");
  const ofPackage = found === undefined ? [] : [{ title: "package", findings: checkPackage(found, entry) }];
  return { title, sections: [...ofPackage, ...(await checkModule(entry, found))] };
}

/** The file that the router would import. */
function findEntry(target: string, cwd: string): string | Finding {
  const path = resolve(cwd, target);
  if (existsSync(path)) {
    if (!statSync(path).isDirectory()) return path;
    if (readManifest(path) === undefined)
      return wrong(`${path} has no package.json`, "give the folder of a package, or a file");
    const entry = entryOf(path);
    if (entry === undefined) return wrong("package.json names no code", 'add "exports"');
    return existsSync(entry) ? entry : wrong(`its code is not there: ${entry}`, "build it first");
  }
  try {
    return fileURLToPath(resolveModule(target, cwd));
  } catch {
    const remedy =
      target.startsWith(".") || target.startsWith("/") ? "look for the path" : `install it with: npm install ${target}`;
    return wrong(`there is no package or path "${target}" here`, remedy);
  }
}

async function checkModule(entry: string, found: FoundPackage | undefined): Promise<PluginReport["sections"]> {
  try {
    const module = await loadModule(entry, pathToFileURL(entry).href);
    const folder = found?.folder ?? dirname(entry);
    const extensions = Object.entries(module).flatMap(([name, value]) =>
      isExtension(value) ? [[name, value] as const] : [],
    );
    if (extensions.length === 0) return [{ title: "module", findings: [withoutDefinition(module)] }];
    return await Promise.all(
      extensions.map(async ([exported, extension]) => ({
        title: exported,
        findings: await checkExtension(extension, { module: entry, exported, folder }),
      })),
    );
  } catch (error) {
    if (!(error instanceof ExtensionError)) throw error;
    return [{ title: "module", findings: [wrong(error.message, "correct it, and try again")] }];
  }
}

function withoutDefinition(module: Readonly<Record<string, unknown>>): Finding {
  const functions = Object.entries(module).flatMap(([name, value]) => (typeof value === "function" ? [name] : []));
  if (functions.length === 0)
    return wrong("it exports no extension", "export one, made with definePlugin of @kreuz/router or the like");
  return warning(
    `it exports no definition, only ${functions.join(", ")}: nobody checks its options beforehand`,
    "define it with definePlugin of @kreuz/router or the like",
  );
}
