/** Time as the router and the transports see it, so that tests can own it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Calls `callback` once after `delay` milliseconds, unless the returned function is called first. */
  schedule(delay: number, callback: () => void): () => void;
}

/** A timer of JavaScript goes no further than this: a longer one would fire at once. */
const LONGEST = 2 ** 31 - 1;

/** The platform's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(delay, callback) {
    if (delay > LONGEST) return scheduleFar(delay, callback);
    const timer = setTimeout(callback, delay);
    return () => clearTimeout(timer);
  },
};

function scheduleFar(delay: number, callback: () => void): () => void {
  let cancel = systemClock.schedule(LONGEST, () => (cancel = systemClock.schedule(delay - LONGEST, callback)));
  return () => cancel();
}
