import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT: string = fileURLToPath(new URL("../../../", import.meta.url));

/** Returns the folders of all packages and apps, as paths from the root. */
export async function packageFolders(): Promise<string[]> {
  const folders: string[] = [];
  for (const parent of ["packages", "apps"])
    for (const name of await readdir(join(ROOT, parent))) folders.push(`${parent}/${name}`);
  return folders;
}

/** Returns the TypeScript files in a package's `src`, as paths from there with slashes. */
export async function sourcesOf(folder: string): Promise<string[]> {
  const files = await readdir(join(ROOT, folder, "src"), { recursive: true });
  return files.filter((file) => file.endsWith(".ts")).map((file) => file.replaceAll("\\", "/"));
}

/** Returns whether a file is a test or a helper of tests. */
export function isForTests(file: string): boolean {
  return file.endsWith(".test.ts") || /(?:^|\/)(?:testing|vectors)\//.test(file);
}

/** Returns what a file imports by `import`, `export … from`, `import()` and `import("…").Type`. Ignores comments. */
export async function importsOf(folder: string, file: string): Promise<string[]> {
  const source = await readFile(join(ROOT, folder, "src", file), "utf8");
  const code = source.replaceAll(/\/\*.*?\*\/|^\s*\/\/.*$/gms, "");
  const pattern =
    /(?:^|;)\s*(?:import|export)\b[^"'`;]*?\bfrom\s*["']([^"']+)["']|(?:^|;)\s*import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm;
  return Array.from(code.matchAll(pattern), ([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? "");
}
