// Takes the pictures of the console in docs/console.md: `node scripts/console-screenshots.mjs`. Needs Chromium. The router in them is
// made up (tests/src/console/scripted-data.ts), so that they change only when the console does.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, ensureInstalled, failClearly, run } from "./prepare.mjs";

const PICTURES = ["overview-1280-light", "selected-1280-dark", "call-1280-light"];

await ensureInstalled().catch(failClearly);
const all = mkdtempSync(join(tmpdir(), "kreuz-screenshots-"));
const target = join(ROOT, "docs", "console");
try {
  const tests = ["run", "--project", "live", "tests/src/console/appearance.test.ts"];
  // Only there does the test take all looks.
  const env = { CI: "true", KREUZ_SCREENSHOTS: all, KREUZ_REQUIRED_TOOLS: "chromium" };
  await run("vitest", tests, { env }).catch(failClearly);
  mkdirSync(target, { recursive: true });
  for (const name of PICTURES) copyFileSync(join(all, `${name}.png`), join(target, `${name}.png`));
} finally {
  rmSync(all, { recursive: true, force: true });
}
