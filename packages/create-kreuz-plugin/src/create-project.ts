import { existsSync, readdirSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Kind, License, Service } from "./kinds.js";
import { type Names, namesOf, withNames } from "./names.js";
import { projectFiles, type Versions } from "./project-files.js";

/** What a project is made of. */
export interface ProjectOptions {
  /** Name of the package, perhaps with a scope. */
  readonly name: string;
  readonly kind: Kind;
  /** Default `MIT`. */
  readonly license?: License;
  readonly author?: string;
  /** Default `github`. */
  readonly ci?: Service;
}

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/**
 * Makes a project in a folder below `parent`, named like the package.
 *
 * @returns the folder.
 * @throws Error when the name is none for a package, or the folder has files in it; then nothing was written.
 */
export async function createProject(parent: string, options: ProjectOptions): Promise<string> {
  const { kind, license = "MIT", author, ci = "github" } = options;
  const names = namesOf(options.name);
  const folder = resolve(parent, names.folder);
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new Error(`the folder ${folder} is not empty; choose another name, or empty it`);
  const versions = await readVersions();
  const files = { ...(await templateOf(kind, names)), ...projectFiles({ names, kind, license, author, ci, versions }) };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

/** The files of a kind, with the names of the project in them. */
async function templateOf(kind: Kind, names: Names): Promise<Record<string, string>> {
  const root = join(ROOT, "templates", kind);
  const paths = (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const files: Record<string, string> = {};
  for (const { parentPath, name } of paths) {
    const path = join(parentPath, name);
    const relative = path.slice(root.length + 1).replaceAll("\\", "/");
    files[withNames(relative, names)] = withNames(await readFile(path, "utf8"), names);
  }
  return files;
}

/** The versions of packages that fit: those that this package was published with. */
async function readVersions(): Promise<Versions> {
  const { devDependencies } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as {
    readonly devDependencies: Versions;
  };
  return devDependencies;
}
