import { churn } from "./loads/churn.js";
import { idleSessions, joinStorm } from "./loads/sessions.js";
import { SERVER_CORE } from "./machine.js";
import type { ChurnResult, IdleResult, JoinResult } from "./results.js";
import { type ServerProcess, withServer } from "./servers/server-process.js";
import type { Target } from "./servers/server-spec.js";

export interface SessionResults {
  readonly joins: JoinResult[];
  readonly idle: IdleResult[];
  readonly churn: ChurnResult[];
}

type OnFailure = (target: Target, measurement: string, error: Error) => void;

/** Measures joins, idle sessions and churn of all servers on one core, with a fresh server for each round. */
export async function measureSessions(
  targets: readonly Target[],
  rounds: number,
  onFailure: OnFailure,
): Promise<SessionResults> {
  const onOneCore = targets.filter(({ cores }) => cores === SERVER_CORE);
  const withMeta = onOneCore.filter(({ spec }) => spec.sessionMeta);
  // The relay delivers no events; its joins show the cost of a handshake.
  const joining = onOneCore.filter(({ spec }) => spec.sessionMeta || !spec.wamp);
  const failed = (measurement: string) => (target: Target, error: Error) => onFailure(target, measurement, error);
  return {
    joins: await measureEach(joining, rounds, joinStorm, (result) => result.joinsPerSecond, failed("joins")),
    // One round is enough: each figure is an average of 10,000 sessions.
    idle: await measureEach(onOneCore, 1, idleSessions, (result) => result.bytesPerSession, failed("idle sessions")),
    churn: await measureEach(withMeta, rounds, churn, (result) => result.latency.list.p99, failed("churn")),
  };
}

/** Measures each server in interleaved rounds. @returns the round with the median of `rank`. */
async function measureEach<T>(
  targets: readonly Target[],
  rounds: number,
  measure: (server: ServerProcess) => Promise<T>,
  rank: (result: T) => number,
  onFailure: (target: Target, error: Error) => void,
): Promise<T[]> {
  const results = new Map<Target, T[]>(targets.map((target) => [target, []]));
  const failed = new Set<Target>();
  for (let round = 0; round < rounds; round++)
    for (const target of targets) {
      if (failed.has(target)) continue;
      await withServer(target, measure).then(
        (result) => results.get(target)!.push(result),
        (error: Error) => {
          failed.add(target);
          onFailure(target, error);
        },
      );
    }
  return [...results.values()]
    .filter((all) => all.length > 0)
    .map((all) => all.toSorted((a, b) => rank(a) - rank(b))[Math.floor(all.length / 2)]!);
}
