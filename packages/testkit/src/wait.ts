/**
 * How long a test waits for something that should happen: a number of turns of the event loop, not a time. So a test
 * goes on at the moment something happens and fails with words, never by a runner's timeout.
 */
export interface Patience {
  /** Turns until waiting fails. Default 2000. */
  readonly turns?: number;
  /** One turn of the event loop. Default: a timer of no delay. */
  readonly turn?: () => Promise<void>;
}

export const DEFAULT_TURNS = 2000;

/** One turn of the event loop: everything that was ready, and every microtask it caused, has run by then. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

/** True as soon as `ready` says so, false when patience is over. */
export async function waitUntil(ready: () => boolean, patience: Patience = {}): Promise<boolean> {
  const turn = patience.turn ?? nextTurn;
  for (let left = patience.turns ?? DEFAULT_TURNS; left > 0 && !ready(); left--) await turn();
  return ready();
}

/** Lets `turns` turns of the event loop pass, for asserting that something did not happen. */
export async function settle(turns = 5, patience: Patience = {}): Promise<void> {
  await waitUntil(() => false, { ...patience, turns });
}
