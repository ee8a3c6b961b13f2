import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import validRange from "semver/ranges/valid.js";
import { fits, type FoundPackage, type PackageManifest, versionHere } from "../run/package-manifest.js";
import { type Finding, ok, warning, wrong } from "./finding.js";

/** Packages whose classes the router and its plugins share. */
const SHARED = ["@kreuz/codec", "@kreuz/router"];
/** A published package has its code in a few files. */
const MAX_FILES = 500;

/** Looks at the package.json of an extension. @param entry - the file that `import` loads. */
export function checkPackage({ folder, manifest }: FoundPackage, entry: string): readonly Finding[] {
  return [
    checkModuleType(manifest, entry),
    checkExports(manifest, folder),
    checkEngines(manifest),
    ...checkPeers(manifest, entry),
    ...SHARED.flatMap((name) => checkCopy(name, manifest, folder)),
  ];
}

function checkModuleType({ type }: PackageManifest, entry: string): Finding {
  const isModule = entry.endsWith(".mjs") || (type === "module" && !entry.endsWith(".cjs"));
  if (isModule) return ok("it is an ES module");
  return warning("it is CommonJS", 'add "type": "module" to its package.json, and export with `export`');
}

function checkExports({ exports, main }: PackageManifest, folder: string): Finding {
  if (exports === undefined)
    return warning(
      `package.json has ${main === undefined ? "neither exports nor main" : "main, and no exports"}`,
      'add "exports": { ".": { "types": "./dist/index.d.ts", "default": "./dist/index.js" } }',
    );
  const root = typeof exports === "object" && exports !== null && "." in exports ? exports["."] : exports;
  const conditions = typeof root === "object" && root !== null ? Object.keys(root) : [];
  if (!conditions.includes("types"))
    return warning("exports has no types", 'build with "declaration": true, and add "types" as the first condition');
  if (conditions[0] !== "types")
    return wrong(`exports has ${conditions[0]} before types`, "put types first: the first condition that matches wins");
  const types = (root as { readonly types: unknown }).types;
  if (typeof types === "string" && !existsSync(join(folder, types)))
    return wrong(`the types are not there: ${types}`, 'build it, with "declaration": true');
  return ok("exports names its code and its types");
}

function checkEngines({ engines }: PackageManifest): Finding {
  const range = engines?.["node"];
  if (range === undefined)
    return warning(
      "package.json does not say which versions of Node.js it needs",
      'add "engines": { "node": ">=20.19" }',
    );
  if (!fits(process.versions.node, range))
    return wrong(
      `it needs Node.js ${range}, and this is ${process.versions.node}`,
      "widen the range, or use another Node.js",
    );
  return ok(`it runs on Node.js ${range}`);
}

function checkPeers(manifest: PackageManifest, entry: string): readonly Finding[] {
  const { peerDependencies = {}, dependencies = {} } = manifest;
  const imported = importedPackages(dirname(entry));
  const missing = [...imported].filter(
    (name) => !(name in peerDependencies) && !(name in dependencies) && name !== manifest.name,
  );
  const owned = SHARED.filter((name) => name in dependencies);
  return [
    ...missing.map((name) =>
      wrong(
        `it imports ${name}, which its package.json does not name`,
        `add "peerDependencies": { "${name}": "^${versionHere(name) ?? "…"}" }`,
      ),
    ),
    ...owned.map((name) =>
      wrong(`${name} is one of its dependencies, so that it may get a copy of its own`, "move it to peerDependencies"),
    ),
    ...Object.entries(peerDependencies).flatMap(([name, range]) => checkPeer(name, range)),
  ];
}

function checkPeer(name: string, range: string): readonly Finding[] {
  const version = name === "kreuz" || name.startsWith("@kreuz/") ? versionHere(name) : undefined;
  if (version === undefined) return [];
  if (!range.startsWith("workspace:") && validRange(range) === null)
    return [wrong(`the range of ${name} is none: "${range}"`, `write "^${version}"`)];
  if (!fits(version, range))
    return [
      wrong(`it was made for ${name} ${range}, and this is ${version}`, `try it with ${version}, and widen the range`),
    ];
  return [ok(`it works with ${name} ${version}, as its range ${range} says`)];
}

/** A copy inside the folder of an installed package is not the router's. */
function checkCopy(name: string, { dependencies = {} }: PackageManifest, folder: string): readonly Finding[] {
  if (name in dependencies) return [];
  const found = resolveFrom(folder, `${name}/package.json`);
  const own = realpathSync(folder) + sep;
  const isInstalled = own.includes(`${sep}node_modules${sep}`);
  if (found === undefined || !isInstalled || !found.startsWith(own)) return [];
  return [
    wrong(`it has a copy of ${name} of its own: ${dirname(found)}`, "make it a peer dependency, and install anew"),
  ];
}

function resolveFrom(folder: string, specifier: string): string | undefined {
  try {
    return realpathSync(createRequire(join(folder, "_")).resolve(specifier));
  } catch {
    return undefined;
  }
}

/** The packages of Kreuz that the code in a folder imports. */
function importedPackages(folder: string): ReadonlySet<string> {
  const names = new Set<string>();
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (file) =>
      file.isFile() && /\.[cm]?js$/.test(file.name) && !file.parentPath.includes(`${sep}node_modules`, folder.length),
  );
  for (const { parentPath, name } of files.slice(0, MAX_FILES)) {
    const code = readFileSync(join(parentPath, name), "utf8");
    for (const [, found] of code.matchAll(/(?:from|import|require)\s*\(?\s*["'](@kreuz\/[\w-]+)/g)) names.add(found!);
  }
  return names;
}
