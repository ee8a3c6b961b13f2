// Bundles what `tsc` compiled of a package into one file for each entry, and what entries share, since Node.js takes about a
// millisecond to load each module. For the packages that stay outside of the `kreuz` command. Run in the package's folder.
import { readFile, readdir, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { rolldown } from "rolldown";

const { exports: entries } = JSON.parse(await readFile("package.json", "utf8"));
const input = Object.values(entries).flatMap((entry) => entry.default ?? []);
const compiled = await filesIn("dist");
const bundle = await rolldown({
  input: Object.fromEntries(input.map((path) => [path.replace(/^\.\/dist\/|\.js$/g, ""), path])),
  external: /^[^./]/,
  platform: "neutral",
  logLevel: "warn",
});
const { output } = await bundle.write({ dir: "dist", entryFileNames: "[name].js", chunkFileNames: "shared/[name].js" });
const written = new Set(output.map(({ fileName }) => resolve("dist", fileName)));
for (const file of compiled) if (/\.js(\.map)?$/.test(file) && !written.has(file)) await rm(file);

async function filesIn(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => resolve(entry.parentPath ?? entry.path, entry.name));
}
