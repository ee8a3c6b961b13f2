// `pnpm hunt [seconds]`: simulates clusters under ever new faults, by default for 60 s each way.
// `pnpm hunt --faults`: puts known faults into the code, one by one, and checks that the simulations find each.
import { cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { once } from "node:events";
import { spawn } from "node:child_process";
import { FAULTS } from "../packages/cluster/faults.mjs";
import { ROOT, ensureInstalled, failClearly, run } from "./prepare.mjs";

const vitest = join(ROOT, "node_modules", "vitest", "vitest.mjs");
const suite = ["run", "--project", "unit"];
/** A fault may make nodes talk without end: tests that take longer have found it. */
const LONGEST_MS = 120_000;

await ensureInstalled().catch(failClearly);
const [argument = "60", only] = process.argv.slice(2);
if (argument === "--faults") await findFaults(only).catch(failClearly);
else
  await run(process.execPath, [vitest, ...suite, "packages/cluster"], { env: { HUNT_SECONDS: argument } }).catch(
    failClearly,
  );

/** A copy of the package is changed, never the package itself. */
async function findFaults(only) {
  const original = join(ROOT, "packages", "cluster");
  const copy = join(ROOT, "packages", `cluster-fault-${process.pid}`);
  const survivors = [];
  try {
    await mkdir(copy);
    // Without its package.json, other commands do not take it for a package.
    for (const entry of ["src", "tsconfig.json"])
      await cp(join(original, entry), join(copy, entry), { recursive: true });
    await symlink(join(original, "node_modules"), join(copy, "node_modules"));
    for (const { name, file, from, to, test } of FAULTS) {
      if (only !== undefined && !name.includes(only)) continue;
      const path = join(copy, "src", file);
      const source = await readFile(path, "utf8");
      if (source.split(from).length !== 2) throw new Error(`fault "${name}": its text is not once in ${file}`);
      await writeFile(
        path,
        source.replace(from, () => to),
      );
      const tests = join("packages", `cluster-fault-${process.pid}`, "src", test);
      const outcome = await runTests(tests);
      await writeFile(path, source);
      console.log(`${outcome.padEnd(8)}  ${name}`);
      if (outcome === "SURVIVES") survivors.push(name);
    }
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
  if (survivors.length > 0) throw new Error(`the simulations do not find: ${survivors.join(", ")}`);
}

/** A group of processes of its own, so that a test that never ends goes with those that started it. */
async function runTests(path) {
  const child = spawn(process.execPath, [vitest, ...suite, "--bail", "1", path], {
    cwd: ROOT,
    detached: true,
    stdio: "ignore",
  });
  let outcome = "found";
  const timer = setTimeout(() => {
    outcome = "hangs";
    process.kill(-child.pid, "SIGKILL");
  }, LONGEST_MS);
  const [status] = await once(child, "exit");
  clearTimeout(timer);
  return status === 0 ? "SURVIVES" : outcome;
}
