// `pnpm check`: format, lint, types and tests, all from the sources. Runs every step even when one fails, so that one
// run shows everything there is to mend. Names of steps as arguments run only those.
import { CommandFailed, ensureInstalled, failClearly, run } from "./prepare.mjs";

const STEPS = {
  format: () => run("oxfmt", ["--check"]),
  lint: () => run("oxlint", ["--deny-warnings"]),
  types: () => run("turbo", ["run", "types", "--output-logs=errors-only"]),
  tests: () => run("vitest", ["run"]),
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
