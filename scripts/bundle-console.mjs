// Bundles the page of the console into dist/page. Run in packages/console, which its build does.
import { readFile, readdir, writeFile, mkdir, copyFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { rolldown } from "rolldown";
import { thirdPartyNotices } from "./third-party-notices.mjs";

const page = resolve("src/page");
const target = resolve("dist/page");
const require = createRequire(join(page, "main.tsx"));

const bundle = await rolldown({
  input: join(page, "main.tsx"),
  platform: "browser",
  tsconfig: resolve("tsconfig.page.json"),
  resolve: { conditionNames: ["@kreuz/source", "browser", "module", "import", "default"] },
  transform: { target: "es2023", jsx: { runtime: "automatic", importSource: "preact" } },
  logLevel: "warn",
});
const { output } = await bundle.write({ file: join(target, "console.js"), format: "esm", minify: true });

await mkdir(target, { recursive: true });
// In the order of their names' prefix in main.css: tokens first.
const styles = [require.resolve("uplot/dist/uPlot.min.css")];
for (const file of (await readdir(join(page, "styles"))).toSorted()) styles.push(join(page, "styles", file));
const css = (await Promise.all(styles.map((file) => readFile(file, "utf8")))).map(withoutComments).join("\n");
await writeFile(join(target, "console.css"), css);
for (const file of ["index.html", "icon.svg"]) await copyFile(join(page, file), join(target, file));
await writeFile(join(target, "THIRD-PARTY-NOTICES.txt"), await thirdPartyNotices(output));

function withoutComments(css) {
  return css.replaceAll(/\/\*.*?\*\//gs, "").replaceAll(/^\s+|\n(?=\n)/gm, "");
}
