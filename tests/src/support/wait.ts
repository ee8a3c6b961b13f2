import { setTimeout as delay } from "node:timers/promises";

/** Long for a machine that is busy with other things, and still far below a runner's own timeout. */
const PATIENCE_MS = 15_000;
const POLL_MS = 5;

/** What a promise gives, or an error in words when it takes too long. `wanted` completes the sentence "waited in vain for …". */
export function inTime<T>(wanted: string, promise: PromiseLike<T>, ms: number = PATIENCE_MS): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`waited in vain for ${wanted}: ${ms} ms`)), ms);
    Promise.resolve(promise)
      .finally(() => clearTimeout(timer))
      .then(resolve, reject);
  });
}

/** Waits until something is so, looking again and again. */
export async function until(
  wanted: string,
  isSo: () => boolean | Promise<boolean>,
  ms: number = PATIENCE_MS,
): Promise<void> {
  const start = performance.now();
  while (!(await isSo())) {
    if (performance.now() - start > ms) throw new Error(`waited in vain for ${wanted}: ${ms} ms`);
    await delay(POLL_MS);
  }
}
