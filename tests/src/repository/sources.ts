import { readdir, readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT: string = fileURLToPath(new URL("../../../", import.meta.url));

/** Returns the folders of all packages and apps, as paths from the root. */
export async function packageFolders(): Promise<string[]> {
  const folders: string[] = [];
  for (const parent of ["packages", "apps"])
    for (const name of await readdir(join(ROOT, parent))) folders.push(`${parent}/${name}`);
  return folders;
}

/** Returns the folder of a package's sources; a folder of sources is its own. */
function sourceFolder(folder: string): string {
  return join(ROOT, folder, folder.includes("/src/") ? "" : "src");
}

/** Returns the TypeScript files in a package's `src`, or in a folder inside of it, as paths from there with slashes. */
export async function sourcesOf(folder: string): Promise<string[]> {
  const files = await readdir(sourceFolder(folder), { recursive: true });
  return files.filter((file) => /\.tsx?$/.test(file)).map((file) => file.replaceAll("\\", "/"));
}

/** Returns the file among those of a package that a relative import in another one of them names. */
export function importedFile(files: readonly string[], file: string, specifier: string): string {
  const module = posix.normalize(posix.join(posix.dirname(file), specifier)).replace(/\.js$/, "");
  return files.includes(`${module}.tsx`) ? `${module}.tsx` : `${module}.ts`;
}

/** Returns whether a file is a test or a helper of tests. */
export function isForTests(file: string): boolean {
  return /\.test\.tsx?$/.test(file) || /(?:^|\/)(?:testing|vectors)\//.test(file);
}

/** Returns what a file imports by `import`, `export … from`, `import()` and `import("…").Type`. Ignores comments. */
export async function importsOf(folder: string, file: string): Promise<string[]> {
  const source = await readFile(join(sourceFolder(folder), file), "utf8");
  const code = source.replaceAll(/\/\*.*?\*\/|^\s*\/\/.*$/gms, "");
  const pattern =
    /(?:^|;)\s*(?:import|export)\b[^"'`;]*?\bfrom\s*["']([^"']+)["']|(?:^|;)\s*import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm;
  return Array.from(code.matchAll(pattern), ([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? "");
}
