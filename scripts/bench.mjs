// `pnpm bench`: measures the built packages against a bare relay. `pnpm bench:codecs`: measures the codecs alone, by kind of
// payload. `pnpm bench:cluster`: measures several nodes against one. `pnpm bench:peers`: measures other routers as well.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT, ensureBuilt, ensureInstalled, failClearly } from "./prepare.mjs";

await ensureInstalled().catch(failClearly);
await ensureBuilt("@kreuz/bench").catch(failClearly);

const [main = "main", ...options] = process.argv.slice(2);
const module = join(ROOT, "bench", "dist", `${main}.js`);
process.argv.splice(1, process.argv.length, module, ...options);
await import(pathToFileURL(module).href);
