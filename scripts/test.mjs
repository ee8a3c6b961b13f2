// `npm test`: every test, from the sources. Arguments go to vitest (`npm test -- packages/codec`).
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT, ensureInstalled, failClearly } from "./prepare.mjs";

await ensureInstalled().catch(failClearly);

process.argv.splice(2, 0, "run");
await import(pathToFileURL(join(ROOT, "node_modules", "vitest", "vitest.mjs")).href);
