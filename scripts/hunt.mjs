// `pnpm hunt [seconds]`: simulates clusters under ever new faults, by default for 60 s each way.
// `pnpm hunt --faults`: puts known faults into the code, one by one, and checks that the simulations find each.
import { cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { FAULTS } from "../packages/cluster/faults.mjs";
import { ROOT, ensureInstalled, failClearly, run } from "./prepare.mjs";

const vitest = join(ROOT, "node_modules", "vitest", "vitest.mjs");
const suite = ["run", "--project", "unit"];

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
    for (const entry of ["src", "package.json", "tsconfig.json", "tsconfig.build.json"])
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
      const { status } = spawnSync(process.execPath, [vitest, ...suite, tests], { cwd: ROOT, timeout: 300_000 });
      await writeFile(path, source);
      console.log(`${status === 0 ? "SURVIVES" : "found   "}  ${name}`);
      if (status === 0) survivors.push(name);
    }
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
  if (survivors.length > 0) throw new Error(`the simulations do not find: ${survivors.join(", ")}`);
}
