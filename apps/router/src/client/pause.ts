import { setTimeout } from "node:timers/promises";

/** Waits, until the signal is aborted at the latest. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(ms, undefined, { signal });
  } catch {
    // Whoever waits looks at the signal.
  }
}
