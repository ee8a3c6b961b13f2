import type { Entrant } from "./entrant.js";
import { withServer } from "./entrant.js";
import { churn } from "./loads/churn.js";
import { idleSessions } from "./loads/idle-sessions.js";
import { joinStorm } from "./loads/join-storm.js";
import { SERVER_CORE } from "./machine/cores.js";
import type { ChurnResult, IdleResult, JoinResult } from "./results.js";
import type { ServerProcess } from "./servers/server-process.js";

/** What is measured of sessions: how they join, rest, and are looked at while others come and go. */
export interface SessionResults {
  readonly joins: JoinResult[];
  readonly idle: IdleResult[];
  readonly churn: ChurnResult[];
}

/** Measures everybody on one core, each time on a server of its own, in interleaved rounds. The middle one counts. */
export async function sessionRace(
  entrants: readonly Entrant[],
  rounds: number,
  failed: (entrant: Entrant, what: string, error: Error) => void,
): Promise<SessionResults> {
  const onOneCore = entrants.filter(({ cores }) => cores === SERVER_CORE);
  const withMeta = onOneCore.filter(({ contestant }) => contestant.sessionMeta);
  // The relay has no events to deliver; its sockets show what a handshake costs by itself.
  const joining = onOneCore.filter(({ contestant }) => contestant.sessionMeta || !contestant.wamp);
  return {
    joins: await each(joining, "joins", joinStorm, (result) => result.joinsPerSecond),
    idle: await each(onOneCore, "idle sessions", idleSessions, (result) => result.bytesPerSession, 1),
    churn: await each(withMeta, "churn", churn, (result) => result.latency.list.p99),
  };

  async function each<T>(
    among: readonly Entrant[],
    what: string,
    measure: (server: ServerProcess) => Promise<T>,
    rank: (result: T) => number,
    // Ten thousand sessions are an average by themselves.
    times: number = rounds,
  ): Promise<T[]> {
    const results = new Map<Entrant, T[]>(among.map((entrant) => [entrant, []]));
    const out = new Set<Entrant>();
    for (let round = 0; round < times; round++)
      for (const entrant of among) {
        if (out.has(entrant)) continue;
        await withServer(entrant, measure).then(
          (result) => results.get(entrant)!.push(result),
          (error: Error) => {
            out.add(entrant);
            failed(entrant, what, error);
          },
        );
      }
    return [...results.values()].filter((all) => all.length > 0).map((all) => middle(all, rank));
  }
}

/** Of several rounds the one with the median of what it is ranked by. */
function middle<T>(rounds: readonly T[], rank: (result: T) => number): T {
  return rounds.toSorted((a, b) => rank(a) - rank(b))[Math.floor(rounds.length / 2)]!;
}
