import type { Random } from "../random.js";
import type { Callee, Registration } from "./registration.js";
import { highestScoring } from "../matching/rendezvous.js";
import type { Session } from "../session/session.js";

/**
 * Chooses the callee for a call by the registration's invocation policy (spec: "Shared Registration"). Skips callees that
 * are busy, or answered that they are unavailable (spec: "Call Re-Routing").
 *
 * @param rkey - the resource key of a partitioned call: the same key goes to the same callee (spec: "Sharded
 * Registration").
 * @returns `undefined` when no callee is free.
 */
export function chooseCallee(
  registration: Registration,
  random: Random,
  unavailable: ReadonlySet<Session> | undefined,
  rkey: string | undefined,
): Callee | undefined {
  const { callees, invoke } = registration;
  const only = callees[0];
  if (callees.length === 1 && unavailable === undefined) return only === undefined || only.busy ? undefined : only;
  const isAvailable = ({ session }: Callee): boolean => unavailable === undefined || !unavailable.has(session);
  if (rkey !== undefined) return chooseShard(callees.filter(isAvailable), rkey);
  const isFree = (callee: Callee): boolean => !callee.busy && isAvailable(callee);
  switch (invoke) {
    case "single":
    case "first":
      return callees.find(isFree);
    case "last":
      return callees.findLast(isFree);
    case "random":
      return anyOf(callees.filter(isFree), random);
    case "roundrobin":
      return nextInTurn(registration, isFree);
  }
}

function anyOf(callees: readonly Callee[], random: Random): Callee | undefined {
  return callees[random.id() % callees.length];
}

function nextInTurn(registration: Registration, isFree: (callee: Callee) => boolean): Callee | undefined {
  const { callees, turn } = registration;
  for (let step = 0; step < callees.length; step++) {
    const index = (turn + step) % callees.length;
    const callee = callees[index]!;
    if (!isFree(callee)) continue;
    registration.turn = index + 1;
    return callee;
  }
  return undefined;
}

/** A busy shard is waited for: no other one has the data. */
function chooseShard(candidates: readonly Callee[], rkey: string): Callee | undefined {
  const chosen = highestScoring(candidates, (callee) => callee.shardHash, rkey);
  return chosen?.busy === true ? undefined : chosen;
}
