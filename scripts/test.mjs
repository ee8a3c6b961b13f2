// `npm test`: runs every test from the sources and ends with the slowest test files. Arguments are passed to vitest:
// `npm test -- packages/codec`.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT, ensureInstalled, failClearly } from "./prepare.mjs";

await ensureInstalled().catch(failClearly);

const args = process.argv.slice(2);
// A reporter on the command line replaces the configured ones, so ours is added here.
const reporters = args.some((arg) => arg.startsWith("--reporter")) ? [] : ["--reporter=default"];
reporters.push(`--reporter=${join(ROOT, "scripts", "slowest-files-reporter.mjs")}`);
process.argv.splice(2, args.length, "run", ...args, ...reporters);
await import(pathToFileURL(join(ROOT, "node_modules", "vitest", "vitest.mjs")).href);
