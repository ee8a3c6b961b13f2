// Checks docs/protocol.md against a test run: each row with "yes" must name existing tests that all passed, each other
// row must give a reason. `node scripts/check-protocol.mjs REPORT` reads a vitest JSON report; without an argument it
// runs the scenarios itself.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./prepare.mjs";

const TESTS = join(ROOT, "tests", "src");
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
console.log(`docs/protocol.md: ${rows.length - wrong.length} rows ok, ${wrong.length} not ok`);
process.exitCode = wrong.length === 0 && rows.length > 0 ? 0 : 1;

function problemOf([, , status, test, ...rest]) {
  if (test === undefined || rest.length > 0) return ["expected four columns"];
  if (status !== "yes")
    return /^(no|partly)[:,] ./.test(status) && test === ""
      ? []
      : [`expected "yes", or "no: <reason>" without a test, got "${status}"`];
  const [, file, name] = /^`([^`]+\.test\.ts) › ([^`]+)`$/.exec(test) ?? [];
  if (name === undefined) return ["status is yes, but the row names no test"];
  const named = tests.filter((one) => one.file === join(TESTS, file) && isNamed(one.name, name));
  if (named.length === 0) return [`test "${file} › ${name}" does not exist`];
  const passed = new Set(named.filter((one) => one.status === "passed").map((one) => one.name));
  // A scenario also runs on two nodes, or is skipped there for a reason that the run prints.
  const failed = named.filter((one) => one.status === "failed" || !passed.has(one.name));
  return failed.length === 0 ? [] : [`"${file} › ${name}": ${failed.length} of ${named.length} did not pass`];
}

/** Whether `name` is the name of the test or of its group, or a prefix of one that ends before a colon, comma or bracket. */
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
