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
    let timer: ReturnType<typeof setTimeout>;
    const wait = (left: number): void => {
      timer = left > LONGEST ? setTimeout(() => wait(left - LONGEST), LONGEST) : setTimeout(callback, left);
    };
    wait(delay);
    return () => clearTimeout(timer);
  },
};
