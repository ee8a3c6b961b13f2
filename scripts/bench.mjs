// `pnpm bench`: ratios against a bare relay, measured on the built packages. `pnpm bench:peers`: the other routers too.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT, ensureBuilt, ensureInstalled, failClearly } from "./prepare.mjs";

await ensureInstalled().catch(failClearly);
await ensureBuilt("@kreuz/bench").catch(failClearly);

const [main = "main", ...options] = process.argv.slice(2);
const module = join(ROOT, "bench", "dist", `${main}.js`);
process.argv.splice(1, process.argv.length, module, ...options);
await import(pathToFileURL(module).href);
