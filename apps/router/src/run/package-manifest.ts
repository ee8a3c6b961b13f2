import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import satisfies from "semver/functions/satisfies.js";
import validRange from "semver/ranges/valid.js";

/** What matters of a package.json. */
export interface PackageManifest {
  readonly name?: string;
  readonly version?: string;
  readonly type?: string;
  readonly main?: string;
  readonly exports?: unknown;
  readonly engines?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** A package, and its folder. */
export interface FoundPackage {
  readonly folder: string;
  readonly manifest: PackageManifest;
}

/** The package that a file belongs to. */
export function packageAbove(file: string): FoundPackage | undefined {
  for (let folder = dirname(file), last = ""; folder !== last; last = folder, folder = dirname(folder)) {
    const manifest = readManifest(folder);
    // Folders of a build have a package.json that says only the type of their modules.
    if (typeof manifest?.name === "string") return { folder, manifest };
  }
  return undefined;
}

/** The package.json of a folder. */
export function readManifest(folder: string): PackageManifest | undefined {
  const file = join(folder, "package.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as PackageManifest) : undefined;
}

const requireHere = createRequire(import.meta.url);

/** The version of a package of Kreuz that this router runs; `undefined` for one that it does not have. */
export function versionHere(name: string): string | undefined {
  try {
    return (requireHere(`${name}/package.json`) as PackageManifest).version;
  } catch {
    return undefined;
  }
}

/** The packages of Kreuz that a package declares it works with, and that this router has in another version. */
export function unfitPeers({ peerDependencies = {} }: PackageManifest): readonly string[] {
  return Object.entries(peerDependencies).flatMap(([name, range]) => {
    const version = name === "kreuz" || name.startsWith("@kreuz/") ? versionHere(name) : undefined;
    if (version === undefined || fits(version, range)) return [];
    return [`it was made for ${name} ${range}, and this is ${version}`];
  });
}

/** Whether a version is in a range, as npm has it. */
export function fits(version: string, range: string): boolean {
  // In this repository, packages name one another so.
  if (range.startsWith("workspace:")) return true;
  return validRange(range) !== null && satisfies(version, range, { includePrerelease: true });
}
