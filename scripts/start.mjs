// `npm start`: the reference router, built if need be. The router runs in this very process, so that signals reach it
// directly and its exit code is ours.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT, ensureBuilt, ensureInstalled, failClearly } from "./prepare.mjs";

await ensureInstalled().catch(failClearly);
await ensureBuilt("kreuz").catch(failClearly);

ignoreEchoes(["SIGINT", "SIGTERM"]);

const cli = join(ROOT, "apps", "router", "dist", "cli.js");
process.argv.splice(1, 1, cli, "start");
await import(pathToFileURL(cli).href);

/**
 * A Ctrl-C reaches every process of the terminal, and npm passes it on once more. The echo must not look like a second,
 * impatient one to the router.
 */
function ignoreEchoes(signals) {
  const emit = process.emit;
  let last = Number.NEGATIVE_INFINITY;
  process.emit = (event, ...args) => {
    if (!signals.includes(event)) return emit.call(process, event, ...args);
    const now = performance.now();
    if (now - last < 500) return true;
    last = now;
    return emit.call(process, event, ...args);
  };
}
