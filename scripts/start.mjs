// `npm start`: the reference router, built if need be. The router runs in this very process, so that signals reach it
// directly and its exit code is ours.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT, ensureBuilt, ensureInstalled, failClearly } from "./prepare.mjs";

await ensureInstalled().catch(failClearly);
await ensureBuilt("kreuz").catch(failClearly);

const cli = join(ROOT, "apps", "router", "dist", "cli.js");
process.argv.splice(1, 1, cli, "start");
await import(pathToFileURL(cli).href);
