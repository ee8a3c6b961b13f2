// `pnpm check`: runs format, lint, types and tests from the sources. It continues after a failed step, so that one run
// shows every problem. Arguments name the steps to run: `pnpm check lint types`.
import { join } from "node:path";
import { CommandFailed, ROOT, ensureInstalled, failClearly, run } from "./prepare.mjs";

const STEPS = {
  format: () => run("oxfmt", ["--check"]),
  lint: () => run("oxlint", ["--deny-warnings"]),
  types: () => run("turbo", ["run", "types", "--output-logs=errors-only"]),
  tests: () => run(process.execPath, [join(ROOT, "scripts", "test.mjs")]),
};

await ensureInstalled().catch(failClearly);

const failed = [];
const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(STEPS);
for (const name of chosen) {
  process.stdout.write(`\n── ${name}\n`);
  await STEPS[name]().catch((error) => {
    if (!(error instanceof CommandFailed)) throw error;
    failed.push(name);
  });
}
process.stdout.write(failed.length === 0 ? "\nAll good.\n" : `\nFailed: ${failed.join(", ")}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
