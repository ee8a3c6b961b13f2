// `pnpm interop`: real clients against the running app. Ends by saying which clients took part and which did not.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, ensureInstalled, failClearly, run } from "./prepare.mjs";

await ensureInstalled().catch(failClearly);

const vitest = join(ROOT, "node_modules", "vitest", "vitest.mjs");
const suite = ["run", "--project", "live", "tests/src/interop", ...process.argv.slice(2)];
await run(process.execPath, [vitest, ...suite]).catch(failClearly);

console.log(`
took part  Autobahn|JS ${versionOf("autobahn")}, over JSON, MessagePack and CBOR
took part  Wampy ${versionOf("wampy")}, over JSON, MessagePack and CBOR
skipped    Autobahn|Python: ${whyNoPython()}
`);

function versionOf(name) {
  const manifest = join(ROOT, "tests", "node_modules", name, "package.json");
  return JSON.parse(readFileSync(manifest, "utf8")).version;
}

function whyNoPython() {
  const { status } = spawnSync("python3", ["-c", "import autobahn"], { stdio: "ignore" });
  return status === 0 ? "it is installed here, but nobody has written a suite for it yet" : "not installed here";
}
