// Holds docs/protocol.md against what the tests did: every row that says "yes" names tests that exist and that all
// passed, and every other one says why it is "no".
// `node scripts/check-protocol.mjs REPORT` reads a vitest JSON report; without one it runs the scenarios itself.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./prepare.mjs";

const SCENARIOS = join(ROOT, "tests", "src", "scenarios");
const rows = readFileSync(join(ROOT, "docs", "protocol.md"), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  .filter(([feature, , status]) => status !== "status" && !/^-+$/.test(feature));
const tests = testsOf(process.argv[2] ?? runScenarios());
const wrong = rows.flatMap((row) => problemOf(row).map((problem) => `${row[0]}: ${problem}`));

for (const problem of wrong) console.error(`docs/protocol.md: ${problem}`);
console.log(`docs/protocol.md: ${rows.length - wrong.length} rows hold, ${wrong.length} do not`);
process.exitCode = wrong.length === 0 && rows.length > 0 ? 0 : 1;

function problemOf([, , status, test, ...rest]) {
  if (test === undefined || rest.length > 0) return ["expected four columns"];
  if (status !== "yes")
    return /^(no|partly)[:,] ./.test(status) && test === "" ? [] : [`"${status}" says neither yes nor why not`];
  const [, file, name] = /^`([^`]+\.test\.ts) › ([^`]+)`$/.exec(test) ?? [];
  if (name === undefined) return ["says yes, and names no test"];
  const named = tests.filter((one) => one.file === join(SCENARIOS, file) && isNamed(one.name, name));
  if (named.length === 0) return [`there is no test "${file} › ${name}"`];
  const failed = named.filter((one) => one.status !== "passed");
  return failed.length === 0 ? [] : [`"${file} › ${name}": ${failed.length} of ${named.length} did not pass`];
}

/** The whole name of a test or of a group, or what the names of several groups begin with before a colon, comma or bracket. */
function isNamed(test, name) {
  return test.startsWith(name) && /^(?:$|[:,]| ›| \()/.test(test.slice(name.length));
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
