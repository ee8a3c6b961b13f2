import type { FakeClock } from "@kreuz/testkit";

/** Lets all promises that are settled go on. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Lets time pass in small steps, with whatever promises do in between. */
export async function pass(clock: FakeClock, ms: number, step = 10): Promise<void> {
  for (let left = ms; left > 0; left -= step) {
    clock.advance(Math.min(step, left));
    await turn();
  }
}

/** Lets time pass until a promise settles. */
export async function passUntil<T>(clock: FakeClock, promise: Promise<T>, most = 20_000): Promise<T> {
  const state = { settled: false };
  const settle = (): void => void (state.settled = true);
  promise.then(settle, settle);
  for (let left = most; left > 0 && !state.settled; left -= 10) await pass(clock, 10);
  if (!state.settled) throw new Error(`nothing within ${most} ms`);
  return promise;
}
