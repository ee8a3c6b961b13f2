import type { Clock } from "@kreuz/codec";

/** Resolves so many milliseconds later. */
export function wait(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.schedule(ms, resolve));
}
