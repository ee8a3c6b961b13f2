import type { Clock } from "@kreuz/codec";

/** Resolves in a later turn of the event loop. */
export function nextTurn(clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.schedule(0, resolve));
}

/**
 * Runs an action for each item, a bounded number per turn of the event loop, so that others are served in between. The first
 * turn is the current one.
 *
 * @param perTurn - as many as take a millisecond or two.
 */
export async function inTurns<T>(
  clock: Clock,
  perTurn: number,
  items: Iterable<T>,
  action: (item: T) => void,
): Promise<void> {
  let left = perTurn;
  for (const item of items) {
    if (left-- === 0) {
      await nextTurn(clock);
      left = perTurn - 1;
    }
    action(item);
  }
}
