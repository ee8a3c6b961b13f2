// Holds docs/protocol.md against what the tests did: every row names tests that exist and that all passed.
// `node scripts/check-protocol.mjs REPORT` reads a vitest JSON report; without one it runs the scenarios itself.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./prepare.mjs";

const SCENARIOS = join(ROOT, "tests", "src", "scenarios");
const rows = [
  ...readFileSync(join(ROOT, "docs", "protocol.md"), "utf8").matchAll(/^\|.*\| *`([^`|]+\.test\.ts) › ([^`]+)` *\|$/gm),
];
const tests = testsOf(process.argv[2] ?? runScenarios());
const wrong = rows.flatMap(([, file, name]) => problemOf(file, name));

for (const problem of wrong) console.error(`docs/protocol.md: ${problem}`);
console.log(`docs/protocol.md: ${rows.length - wrong.length} rows hold, ${wrong.length} do not`);
process.exitCode = wrong.length === 0 && rows.length > 0 ? 0 : 1;

function problemOf(file, name) {
  const named = tests.filter((test) => test.file === join(SCENARIOS, file) && test.name.startsWith(name));
  if (named.length === 0) return [`there is no test "${file} › ${name}"`];
  const failed = named.filter(({ status }) => status !== "passed");
  return failed.length === 0 ? [] : [`"${file} › ${name}": ${failed.length} of ${named.length} did not pass`];
}

function testsOf(report) {
  const { testResults } = JSON.parse(readFileSync(report, "utf8"));
  return testResults.flatMap(({ name: file, assertionResults }) =>
    assertionResults.map(({ ancestorTitles, title, status }) => ({
      file,
      name: [...ancestorTitles, title].join(" › "),
      status,
    })),
  );
}

function runScenarios() {
  const folder = mkdtempSync(join(tmpdir(), "kreuz-protocol-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const report = join(folder, "report.json");
  const vitest = join(ROOT, "node_modules", "vitest", "vitest.mjs");
  const args = [vitest, "run", "--project", "scenarios", "--reporter=json", `--outputFile.json=${report}`];
  spawnSync(process.execPath, args, { cwd: ROOT, stdio: "ignore" });
  return report;
}
