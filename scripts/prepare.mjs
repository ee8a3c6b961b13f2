// Shared by the root commands: installs dependencies and builds packages when they are missing or out of date. Runs
// before anything is installed, so it imports only Node's own modules.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Kreuz needs Node.js 20.19 or newer, this is ${process.versions.node}\n`);
  process.exit(1);
}

export const ROOT = fileURLToPath(new URL("..", import.meta.url));

const BIN = join(ROOT, "node_modules", ".bin");
const WINDOWS = process.platform === "win32";

/** Installs what pnpm-lock.yaml pins, unless it is installed: pnpm keeps a copy of the lockfile that it installed. */
export async function ensureInstalled() {
  const installed = readIfExists(join(ROOT, "node_modules", ".pnpm", "lock.yaml"));
  if (installed === readFileSync(join(ROOT, "pnpm-lock.yaml"), "utf8")) return;
  note("Installing dependencies …");
  const [command, ...args] = packageManager();
  // Replaces a node_modules made by npm without a prompt.
  await run(command, [...args, "install", "--frozen-lockfile", "--config.confirmModulesPurge=false"], { quiet: true });
}

/** Builds the workspace package `name` and its dependencies, unless their sources are unchanged since the last build. */
export async function ensureBuilt(name) {
  const stamp = join(ROOT, "node_modules", `.kreuz-built-${name.replaceAll(/\W+/g, "-")}`);
  if (readIfExists(stamp) === buildFingerprint()) return;
  note("Building …");
  await run("turbo", ["run", "build", `--filter=${name}...`, "--output-logs=errors-only"], { quiet: true });
  writeFileSync(stamp, buildFingerprint());
}

/** Runs a command; rejects when it fails. With `quiet`, its output is printed only if it fails. */
export function run(command, args, { quiet = false, cwd = ROOT, env = {} } = {}) {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...QUIET_TOOLS, ...env, PATH: BIN + delimiter + process.env.PATH },
    stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit",
    shell: WINDOWS,
  });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => output.push(chunk));
  const stop = (signal) => child.kill(signal);
  process.on("SIGINT", stop).on("SIGTERM", stop);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      process.off("SIGINT", stop).off("SIGTERM", stop);
      if (code === 0) return resolve();
      process.stderr.write(Buffer.concat(output));
      reject(new CommandFailed(`\`${command} ${args.join(" ")}\` failed with ${signal ?? `exit code ${code}`}`));
    });
  });
}

/** Exits with a one-line message when a command failed. Any other error keeps its stack trace. */
export function failClearly(error) {
  if (!(error instanceof CommandFailed)) throw error;
  note(error.message);
  process.exit(1);
}

export class CommandFailed extends Error {}

const QUIET_TOOLS = { TURBO_TELEMETRY_DISABLED: "1" };

function note(line) {
  process.stderr.write(`${line}\n`);
}

/** The pnpm that runs this script, or npm running the pinned version. */
function packageManager() {
  const { npm_config_user_agent: agent, npm_execpath: path } = process.env;
  if (agent?.startsWith("pnpm/") && path) return /\.[cm]?js$/.test(path) ? [process.execPath, path] : [path];
  const { packageManager: pinned } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  return ["npm", "exec", "--yes", `--package=${pinned}`, "--", "pnpm"];
}

/** A hash that changes when a file that a build reads changes, or a `dist` folder is missing. */
function buildFingerprint() {
  const hash = createHash("sha256");
  const add = (path) => {
    const { mtimeMs, size } = statSync(path);
    hash.update(`${relative(ROOT, path)} ${mtimeMs} ${size}\n`);
  };
  for (const name of readdirSync(ROOT).filter((name) => /^(tsconfig.*|turbo|package)\.json$/.test(name))) {
    add(join(ROOT, name));
  }
  for (const folder of workspaceFolders()) {
    hash.update(`${existsSync(join(folder, "dist"))}\n`);
    for (const name of ["package.json", "tsconfig.build.json", "tsconfig.page.json"]) {
      if (existsSync(join(folder, name))) add(join(folder, name));
    }
    if (!existsSync(join(folder, "src"))) continue;
    for (const entry of readdirSync(join(folder, "src"), { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && !entry.name.endsWith(".test.ts")) add(join(entry.parentPath ?? entry.path, entry.name));
    }
  }
  return hash.digest("hex");
}

function workspaceFolders() {
  const inside = (parent) => readdirSync(join(ROOT, parent)).map((name) => join(ROOT, parent, name));
  return [...inside("packages"), ...inside("apps"), join(ROOT, "bench")].filter((folder) =>
    existsSync(join(folder, "package.json")),
  );
}

function readIfExists(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
