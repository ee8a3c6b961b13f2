import fc from "fast-check";

/**
 * Checks a property with as many cases as a test run affords, or for `HUNT_SECONDS` with ever new ones: `pnpm hunt`. Prints
 * how many that were; a failure prints its seed and path, which FAST_CHECK_SEED and `fc.assert` repeat.
 */
export async function hunt<T>(name: string, property: fc.IAsyncProperty<T>, numRuns: number): Promise<void> {
  const seconds = Number(process.env["HUNT_SECONDS"] ?? 0);
  if (seconds === 0) return fc.assert(property, { numRuns });
  const hours = { numRuns: 1e9, interruptAfterTimeLimit: seconds * 1000, markInterruptAsFailure: false };
  const outcome = await fc.check(property, { seed: Date.now() % 2 ** 31, ...hours });
  process.stdout.write(`${name}: ${outcome.numRuns} schedules, seed ${outcome.seed}\n`);
  if (outcome.failed) throw new Error(`${fc.defaultReportMessage(outcome) ?? ""}\n${String(outcome.errorInstance)}`);
}
