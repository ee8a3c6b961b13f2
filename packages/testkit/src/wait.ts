/**
 * How long a test waits for something that should happen, in turns of the event loop instead of milliseconds: the test
 * continues as soon as it happens, and fails with an explanation instead of the timeout of a test runner.
 */
export interface WaitOptions {
  /** Turns until waiting fails. Default {@link DEFAULT_TURNS}. */
  readonly turns?: number;
  /** Waits for one turn of the event loop. Default {@link nextTurn}. */
  readonly turn?: () => Promise<void>;
}

/** Default of {@link WaitOptions.turns}. */
export const DEFAULT_TURNS = 2000;

/** Waits for one turn of the event loop: everything that was ready, and every microtask that it caused, has run by then. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

/** Waits until `ready` returns true. @returns false if it did not within the allowed turns. */
export async function waitUntil(ready: () => boolean, options: WaitOptions = {}): Promise<boolean> {
  const turn = options.turn ?? nextTurn;
  for (let left = options.turns ?? DEFAULT_TURNS; left > 0 && !ready(); left--) await turn();
  return ready();
}

/** Waits for `turns` turns of the event loop, before a test asserts that something did not happen. */
export async function settle(turns = 5, options: WaitOptions = {}): Promise<void> {
  await waitUntil(() => false, { ...options, turns });
}
