// `pnpm bench`: ratios against a bare relay, measured on the built packages.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT, ensureBuilt, ensureInstalled, failClearly } from "./prepare.mjs";

await ensureInstalled().catch(failClearly);
await ensureBuilt("@kreuz/bench").catch(failClearly);

const main = join(ROOT, "bench", "dist", "main.js");
process.argv.splice(1, 1, main);
await import(pathToFileURL(main).href);
