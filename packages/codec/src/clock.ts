/** Time for routers and transports, so that tests can control it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds, with fractions, since some point in the past. Never goes back: for durations. */
  monotonic(): number;
  /**
   * Calls `callback` once after `delay` milliseconds.
   *
   * @returns a function that cancels the call; it does nothing once the call was made.
   */
  schedule(delay: number, callback: () => void): () => void;
}

/** Maximum delay of a JavaScript timer in milliseconds. A longer one would fire at once. */
const MAX_TIMER_DELAY = 2 ** 31 - 1;

/** The platform's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(delay, callback) {
    if (delay > MAX_TIMER_DELAY) return scheduleInParts(delay, callback);
    const timer = setTimeout(callback, delay);
    return () => clearTimeout(timer);
  },
};

function scheduleInParts(delay: number, callback: () => void): () => void {
  let cancel = systemClock.schedule(MAX_TIMER_DELAY, () => {
    cancel = systemClock.schedule(delay - MAX_TIMER_DELAY, callback);
  });
  return () => cancel();
}
