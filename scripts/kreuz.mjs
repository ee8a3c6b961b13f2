// `npm run kreuz -- <command>`: builds the command if necessary and runs it in this process, in the folder where npm was
// called, so that it receives signals directly and sets the exit code.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT, ensureBuilt, ensureInstalled, failClearly } from "./prepare.mjs";

await ensureInstalled().catch(failClearly);
await ensureBuilt("kreuz").catch(failClearly);

process.chdir(process.env.INIT_CWD ?? process.cwd());
process.env.KREUZ_COMMAND = "npm run kreuz --";
const cli = join(ROOT, "apps", "router", "dist", "cli.js");
process.argv.splice(1, 1, cli);
await import(pathToFileURL(cli).href);
