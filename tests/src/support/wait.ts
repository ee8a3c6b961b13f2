// Waiting for what happens in other processes. A deadline only ends a wait that would never end: it is long enough for
// any machine, and no test measures by it.
import { setTimeout as delay } from "node:timers/promises";

const MAX_WAIT_MS = 60_000;
const POLL_MS = 5;

/** What a promise resolves with. Rejects after `ms`; `wanted` completes the sentence "timed out waiting for …". */
export function inTime<T>(wanted: string, promise: PromiseLike<T>, ms: number = MAX_WAIT_MS): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(timeout(wanted, ms)), ms);
    Promise.resolve(promise)
      .finally(() => clearTimeout(timer))
      .then(resolve, reject);
  });
}

/** Polls until `isSo` returns true. Rejects after `ms`, as {@link inTime} does. */
export async function until(
  wanted: string,
  isSo: () => boolean | Promise<boolean>,
  ms: number = MAX_WAIT_MS,
): Promise<void> {
  const start = performance.now();
  while (!(await isSo())) {
    if (performance.now() - start > ms) throw timeout(wanted, ms);
    await delay(POLL_MS);
  }
}

function timeout(wanted: string, ms: number): Error {
  return new Error(`timed out waiting for ${wanted}: ${ms} ms`);
}
