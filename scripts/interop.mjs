// `pnpm interop`: tests real clients against the running app and lists which clients were tested.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, ensureInstalled, failClearly, run } from "./prepare.mjs";

await ensureInstalled().catch(failClearly);
const python = await preparePython();
const nexus = prepareNexus();

const vitest = join(ROOT, "node_modules", "vitest", "vitest.mjs");
const suite = ["run", "--project", "live", "tests/src/interop", ...process.argv.slice(2)];
const crossbar =
  process.env.KREUZ_CROSSBAR === undefined
    ? "skipped    @kreuz/client with Crossbar.io: KREUZ_CROSSBAR does not name its program"
    : "tested     @kreuz/client with Crossbar.io";
if (python.path !== undefined) process.env.KREUZ_PYTHON = python.path;
if (nexus.path !== undefined) process.env.KREUZ_NEXUS = nexus.path;
await run(process.execPath, [vitest, ...suite]).catch(failClearly);

console.log(`
tested     Autobahn|JS ${versionOf("autobahn")}, over JSON, MessagePack and CBOR
tested     Wampy ${versionOf("wampy")}, over JSON, MessagePack and CBOR
tested     @kreuz/client, over WebSocket, RawSocket and Unix sockets; in Chromium, Deno and Bun where they are installed
${nexus.summary}
${crossbar}
${python.summary}
`);

function versionOf(name) {
  const manifest = join(ROOT, "tests", "node_modules", name, "package.json");
  return JSON.parse(readFileSync(manifest, "utf8")).version;
}

/** A Python with Autobahn: the installed one, or a temporary virtual environment. */
async function preparePython() {
  const installed = pythonWith("python3");
  if (installed !== undefined) return installed;
  if (spawnSync("python3", ["--version"], { stdio: "ignore" }).status !== 0)
    return { summary: "skipped    Autobahn|Python: python3 is not on the PATH" };
  const folder = mkdtempSync(join(tmpdir(), "kreuz-python-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const own = join(folder, "bin", "python");
  console.log("Installing Autobahn|Python into a temporary folder …");
  const quiet = { stdio: "ignore", timeout: 300_000 };
  spawnSync("python3", ["-m", "venv", folder], quiet);
  spawnSync(own, ["-m", "pip", "install", "autobahn[asyncio,encryption,scram,serialization]"], quiet);
  return pythonWith(own) ?? { summary: "skipped    Autobahn|Python: pip could not install it" };
}

/** The router nexus, for the client: KREUZ_NEXUS, or built with Go in a temporary folder. */
function prepareNexus() {
  if (process.env.KREUZ_NEXUS !== undefined) return { summary: "tested     @kreuz/client with nexus" };
  if (spawnSync("go", ["version"], { stdio: "ignore" }).status !== 0)
    return { summary: "skipped    nexus: go is not on the PATH" };
  const cwd = mkdtempSync(join(tmpdir(), "kreuz-nexus-"));
  process.on("exit", () => rmSync(cwd, { recursive: true, force: true }));
  console.log("Building nexus in a temporary folder …");
  copyFileSync(join(ROOT, "bench", "peers", "nexus", "main.go"), join(cwd, "main.go"));
  const go = (...args) => spawnSync("go", args, { cwd, stdio: "ignore", timeout: 300_000 }).status === 0;
  const built =
    go("mod", "init", "kreuz.example/nexus") &&
    go("get", "github.com/gammazero/nexus/v3/router@v3.3.0") &&
    go("build", "-o", "server", "main.go");
  if (!built) return { summary: "skipped    nexus: go could not build it" };
  return { path: join(cwd, "server"), summary: "tested     @kreuz/client with nexus 3.3.0" };
}

function pythonWith(path) {
  const program = "import argon2, nacl, autobahn.asyncio.wamp; print(autobahn.__version__)";
  const { status, stdout } = spawnSync(path, ["-c", program], { encoding: "utf8" });
  const version = stdout?.trim().split("\n").at(-1);
  return status === 0 ? { path, summary: `tested     Autobahn|Python ${version}, logging in over JSON` } : undefined;
}
