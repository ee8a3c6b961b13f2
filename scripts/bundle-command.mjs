// Bundles the `kreuz` command into dist/kreuz.js, since Node.js takes about a millisecond to load each of some 400 modules.
// `@kreuz/codec` and `@kreuz/router` stay outside: plugins share their classes with the command. Run in apps/router.
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rolldown } from "rolldown";

const OUTSIDE = [/^@kreuz\/(codec|router)/, "bufferutil", "utf-8-validate", "pino-pretty"];

const bundle = await rolldown({ input: "dist/cli.js", platform: "node", external: OUTSIDE, logLevel: "warn" });
const { output } = await bundle.write({
  dir: "dist",
  format: "esm",
  entryFileNames: "kreuz.js",
  chunkFileNames: "kreuz-[name].js",
});
await writeFile("dist/THIRD-PARTY-NOTICES.txt", await licensesOf(output.flatMap(({ moduleIds = [] }) => moduleIds)));

/** The licenses of the packages that the bundle contains, as they ask for. */
async function licensesOf(modules) {
  const folders = new Set(
    modules.flatMap((module) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(module) ?? []),
  );
  const texts = [];
  for (const folder of [...folders].toSorted()) {
    const { name, version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const license = (await readdir(folder)).find((file) => /^licen[cs]e/i.test(file));
    if (license === undefined) throw new Error(`${name} has no license file`);
    texts.push(`${name} ${version}\n\n${(await readFile(join(folder, license), "utf8")).trim()}\n`);
  }
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}
