// Sums up the reports of .ci/run: `ci-summary.mjs FOLDER REPORT…`. A missing or empty report counts as one failure. Only
// the last line may read "N passed, N failed": scripts look for it.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [folder, ...expected] = process.argv.slice(2);
const total = { passed: 0, failed: 0 };

for (const name of expected) {
  const path = join(folder, `${name}.json`);
  if (!existsSync(path)) {
    process.stdout.write(`${name}: no report\n`);
    total.failed++;
    continue;
  }
  const report = JSON.parse(readFileSync(path, "utf8"));
  const { passed, failed } = counts(report);
  process.stdout.write(`${name}: ${passed} ok, ${failed} not ok\n`);
  for (const failure of failures(report)) process.stdout.write(`  not ok: ${failure}\n`);
  total.passed += passed;
  total.failed += passed === 0 && failed === 0 ? 1 : failed;
}
for (const outcome of readFileSync(join(folder, "steps"), "utf8").split("\n").filter(Boolean)) total[outcome]++;

process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

/** In a vitest report, each file that failed to load counts as one failure, and so does an unhandled error. */
function counts(report) {
  if (report.testResults === undefined) return report;
  const broken = report.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed"),
  ).length;
  const failed = report.numFailedTests + broken;
  return { passed: report.numPassedTests, failed: failed === 0 && !report.success ? 1 : failed };
}

/** Each failed test of a vitest report, and each file that failed to load, with the first line of its message: the whole one is far above. */
function* failures({ testResults = [] }) {
  for (const file of testResults) {
    const failed = file.assertionResults.filter((test) => test.status === "failed");
    for (const { fullName, failureMessages } of failed)
      yield `${file.name}: ${fullName}: ${firstLine(failureMessages[0])}`;
    if (file.status === "failed" && failed.length === 0) yield `${file.name}: ${firstLine(file.message)}`;
  }
}

function firstLine(text = "") {
  return text.split("\n", 1)[0];
}
