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
  const { passed, failed } = counts(JSON.parse(readFileSync(path, "utf8")));
  process.stdout.write(`${name}: ${passed} ok, ${failed} not ok\n`);
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
