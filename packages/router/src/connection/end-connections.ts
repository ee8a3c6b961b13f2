import type { Clock } from "@kreuz/codec";
import { inTurns } from "../pacing.js";
import type { Random } from "../random.js";
import type { OpenConnection } from "./router-services.js";

/** Ending a connection takes a few dozen microseconds, so this many take about a millisecond. */
const MAX_PER_TURN = 32;

/** Milliseconds between two groups of connections that are ended over time. */
const STEP = 20;

interface Spread {
  readonly clock: Clock;
  readonly random: Random;
  /** Milliseconds over which the connections are ended, in random order; 0 for as fast as turns allow. */
  readonly spreadMs: number;
}

/** Ends all connections: in turns of the event loop, or spread over time. */
export async function endConnections(
  connections: readonly OpenConnection[],
  { clock, random, spreadMs }: Spread,
  end: (connection: OpenConnection) => void,
): Promise<void> {
  if (spreadMs === 0) return inTurns(clock, MAX_PER_TURN, connections, end);
  const shuffled = shuffle(connections, random);
  const steps = Math.max(1, Math.floor(spreadMs / STEP));
  const perStep = Math.ceil(shuffled.length / steps);
  for (let start = 0; start < shuffled.length; start += perStep) {
    await inTurns(clock, MAX_PER_TURN, shuffled.slice(start, start + perStep), end);
    await new Promise<void>((resolve) => clock.schedule(spreadMs / steps, resolve));
  }
}

/** Fisher-Yates. */
function shuffle<T>(items: readonly T[], random: Random): T[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = random.id() % (last + 1);
    [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
  }
  return shuffled;
}
