// `pnpm soak [seconds]`: runs random traffic and faults against the running app, by default for 30 s.
import { join } from "node:path";
import { ROOT, ensureInstalled, failClearly, run } from "./prepare.mjs";

await ensureInstalled().catch(failClearly);

const vitest = join(ROOT, "node_modules", "vitest", "vitest.mjs");
const [seconds = "30"] = process.argv.slice(2);
const suite = ["run", "--project", "live", "tests/src/app/soak"];
await run(process.execPath, [vitest, ...suite], { env: { KREUZ_SOAK_SECONDS: seconds } }).catch(failClearly);
