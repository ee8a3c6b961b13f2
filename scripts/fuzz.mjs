// `pnpm fuzz [seconds]`: holds conversations that break off anywhere, by default for 60 s. FUZZ_SEED repeats them.
import { join } from "node:path";
import { ROOT, ensureInstalled, failClearly, run } from "./prepare.mjs";

await ensureInstalled().catch(failClearly);

const vitest = join(ROOT, "node_modules", "vitest", "vitest.mjs");
const [seconds = "60"] = process.argv.slice(2);
const suite = ["run", "--project", "live", "tests/src/fuzz/conversations.test.ts"];
await run(process.execPath, [vitest, ...suite], { env: { FUZZ_SECONDS: seconds } }).catch(failClearly);
