// Bundles the page of the console into dist/page. Run in packages/console, which its build does.
import { copyFile, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { rolldown } from "rolldown";
import { thirdPartyNotices } from "./third-party-notices.mjs";

const page = resolve("src/page");
const target = resolve("dist/page");

const bundle = await rolldown({
  input: join(page, "main.tsx"),
  platform: "browser",
  tsconfig: resolve("tsconfig.page.json"),
  resolve: { conditionNames: ["@kreuz/source", "browser", "module", "import", "default"] },
  transform: { target: "es2023" },
  logLevel: "warn",
});
const { output } = await bundle.write({ file: join(target, "console.js"), format: "esm", minify: true });

await mkdir(target, { recursive: true });
// In the order of the numbers that their names begin with.
const styles = (await readdir(join(page, "styles"))).toSorted();
const texts = await Promise.all(styles.map((name) => readFile(join(page, "styles", name), "utf8")));
const css = texts.map(withoutComments).join("\n");
await writeFile(join(target, "console.css"), css);
for (const file of ["index.html", "icon.svg"]) await copyFile(join(page, file), join(target, file));
await writeFile(join(target, "THIRD-PARTY-NOTICES.txt"), await thirdPartyNotices(output));

function withoutComments(css) {
  return css.replaceAll(/\/\*.*?\*\//gs, "").replaceAll(/^\s+|\n(?=\n)/gm, "");
}
