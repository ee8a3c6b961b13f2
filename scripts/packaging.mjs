// `pnpm packaging`: packs every package, lints the tarballs, installs them with npm in an empty project outside the
// workspace, type-checks and runs the README's embedding example there, and makes an extension of every kind. `--report FILE` writes the numbers of passed
// and failed checks as JSON.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { checkPlugins } from "./packaging-plugins.mjs";
import { ROOT, ensureInstalled, failClearly, run } from "./prepare.mjs";

await ensureInstalled().catch(failClearly);

/** The README names it. */
const OLDEST_TYPESCRIPT = "5.7.3";

const execute = promisify(execFile);
const workspace = await mkdtemp(join(tmpdir(), "kreuz-packaging-"));
const project = join(workspace, "project");
const results = { passed: 0, failed: 0 };

try {
  await check("build", () => run("turbo", ["run", "build", "--output-logs=errors-only"], { quiet: true }));
  const packages = await publishable();
  for (const each of packages) await checkPackage(each);
  await checkProject(packages);
} finally {
  await rm(workspace, { recursive: true, force: true });
}

process.stdout.write(`packaging: ${results.passed} ok, ${results.failed} not ok\n`);
const report = process.argv.indexOf("--report");
if (report !== -1) await writeFile(process.argv[report + 1], JSON.stringify(results));
process.exitCode = results.failed === 0 && results.passed > 0 ? 0 : 1;

/** Runs one check, counts it, and returns whether it passed. */
async function check(name, body) {
  try {
    await body();
    results.passed++;
    process.stdout.write(`✓ ${name}\n`);
    return true;
  } catch (error) {
    results.failed++;
    const details = [error.message, error.stdout, error.stderr].filter(Boolean).join("\n").trim();
    process.stdout.write(`✗ ${name}\n${details.replaceAll(/^/gm, "    ")}\n`);
    return false;
  }
}

async function publishable() {
  const found = [];
  for (const parent of ["packages", "apps"]) {
    for (const name of await readdir(join(ROOT, parent))) {
      const folder = join(ROOT, parent, name);
      if (!existsSync(join(folder, "package.json"))) continue;
      const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
      if (!manifest.private) found.push({ name: manifest.name, folder, tarball: undefined });
    }
  }
  return found;
}

async function checkPackage(each) {
  const files = join(workspace, each.name);
  const packed = await check(`${each.name}: pack`, async () => {
    await mkdir(files, { recursive: true });
    const target = join(files, "package.tgz");
    await tool("pnpm", ["pack", "--out", target], each.folder);
    await execute("tar", ["-xzf", target, "-C", files]);
    each.tarball = target;
  });
  if (!packed) return;
  await check(`${each.name}: publint --strict`, () => tool("publint", ["run", each.tarball, "--strict"]));
  await check(`${each.name}: attw`, () => tool("attw", [each.tarball, "--profile", "esm-only", "--no-emoji"]));
  await check(`${each.name}: contents`, () => checkContents(join(files, "package")));
}

/** Requires the usual documents and resolvable source maps; forbids tests and workspace leftovers. */
async function checkContents(folder) {
  const wrong = [];
  for (const name of ["README.md", "CHANGELOG.md", "LICENSE", "package.json"]) {
    if (!existsSync(join(folder, name))) wrong.push(`${name} is missing`);
  }
  const { exports, dependencies } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  for (const leftover of ["workspace:", "@kreuz/source"]) {
    if (JSON.stringify([exports, dependencies]).includes(leftover)) wrong.push(`package.json contains "${leftover}"`);
  }
  for (const file of await readdir(folder, { recursive: true })) {
    if (/\.test\.|\.tsbuildinfo$|(^|[\\/])(node_modules|testing|vectors)[\\/]/.test(file))
      wrong.push(`${file} must not be packed`);
    if (!file.endsWith(".map")) continue;
    const map = JSON.parse(await readFile(join(folder, file), "utf8"));
    for (const source of map.sources) {
      if (!existsSync(resolve(folder, dirname(file), map.sourceRoot ?? "", source))) {
        wrong.push(`${file} points at ${source}, which is not packed`);
      }
    }
  }
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
}

async function checkProject(packages) {
  const installed = await check("empty project: npm install of the tarballs", async () => {
    const missing = packages.filter((each) => each.tarball === undefined).map((each) => each.name);
    if (missing.length > 0) throw new Error(`not packed: ${missing.join(", ")}`);
    const { devDependencies } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
    const tarballs = Object.fromEntries(packages.map((each) => [each.name, `file:${each.tarball}`]));
    await mkdir(project);
    await writeJson("package.json", {
      name: "packaging-test",
      private: true,
      type: "module",
      dependencies: tarballs,
      devDependencies: {
        typescript: devDependencies.typescript,
        "oldest-typescript": `npm:typescript@${OLDEST_TYPESCRIPT}`,
        "@types/node": devDependencies["@types/node"],
      },
    });
    await writeJson("tsconfig.json", {
      compilerOptions: {
        target: "es2023",
        module: "nodenext",
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        types: ["node"],
        outDir: "out",
      },
      files: ["example.ts", "imports.ts"],
    });
    await writeFile(join(project, "imports.ts"), await importsOfEverything(packages));
    await tool("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], project);
  });
  const read = await check("README.md: has an embedding example", async () => {
    await mkdir(project, { recursive: true });
    await writeFile(join(project, "example.ts"), await embeddingExample());
  });
  if (!installed) return;
  if (read) {
    const compiled = await check("README.md: the example type-checks against the tarballs", () =>
      tool("node", ["node_modules/typescript/bin/tsc"], project),
    );
    await check(
      `README.md: TypeScript ${OLDEST_TYPESCRIPT} accepts the example and all types, without skipLibCheck`,
      () => tool("node", ["node_modules/oldest-typescript/bin/tsc", "--noEmit"], project),
    );
    if (compiled) await check("README.md: the example serves WAMP clients", () => probe([join("out", "example.js")]));
    if (compiled) {
      await check("every entry point can be imported", () => execute("node", ["out/imports.js"], { cwd: project }));
    }
  }
  const kreuz = join("node_modules", "kreuz", "bin", "kreuz.js");
  await check("kreuz version", () => execute("node", [kreuz, "version"], { cwd: project }));
  await check("kreuz start", () => probe([kreuz, "start"]));
  await checkPlugins(project, { check, tool, probe: (script) => runProbe(script) });
}

/** The code block that follows `<!-- example: embed -->` in README.md. */
async function embeddingExample() {
  const path = join(ROOT, "README.md");
  const readme = existsSync(path) ? await readFile(path, "utf8") : "";
  const block = /<!-- example: embed -->\s*```ts\n(.*?)```/s.exec(readme);
  if (block === null) throw new Error("README.md has no ```ts block after a line `<!-- example: embed -->`");
  return block[1];
}

async function importsOfEverything(packages) {
  const lines = [];
  for (const { name, folder } of packages) {
    const { exports } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    for (const entry of Object.keys(exports).filter((entry) => !entry.endsWith(".json"))) {
      lines.push(`import * as m${lines.length} from "${name}${entry.slice(1)}";`);
    }
  }
  return `${lines.join("\n")}\nexport const all = [${lines.map((_, i) => `m${i}`).join(", ")}];\n`;
}

/** Starts a script, sends HELLO until WELCOME arrives, then sends SIGTERM. */
function probe(args) {
  return runProbe("packaging-probe.mjs", args);
}

/** Runs a script of this folder in the project. */
async function runProbe(script, args = []) {
  await cp(join(ROOT, "scripts", script), join(project, script));
  await execute("node", [script, ...args], { cwd: project, timeout: 90_000 });
}

function tool(command, args, cwd = ROOT) {
  const bin = join(ROOT, "node_modules", ".bin", command);
  return execute(existsSync(bin) ? bin : command, args, { cwd, shell: process.platform === "win32" });
}

function writeJson(name, value) {
  return writeFile(join(project, name), JSON.stringify(value, null, 2));
}
