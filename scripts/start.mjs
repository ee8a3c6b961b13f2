// `npm start`: builds the router if necessary and runs it in this process, so that it receives signals directly and sets
// the exit code.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT, ensureBuilt, ensureInstalled, failClearly } from "./prepare.mjs";

await ensureInstalled().catch(failClearly);
await ensureBuilt("kreuz").catch(failClearly);

const cli = join(ROOT, "apps", "router", "dist", "cli.js");
process.argv.splice(1, 1, cli, "start");
await import(pathToFileURL(cli).href);
