import type { Random } from "../random.js";
import type { Callee, Registration } from "./registration.js";
import { highestScoring } from "../matching/rendezvous.js";
import type { Session } from "../session/session.js";

/**
 * Chooses the callee for a call by the registration's invocation policy (spec: "Shared Registration"). Skips callees that
 * are busy, or answered that they are unavailable (spec: "Call Re-Routing").
 *
 * @returns `undefined` when no callee is free.
 */
export function chooseCallee(
  registration: Registration,
  random: Random,
  unavailable: ReadonlySet<Session> | undefined,
): Callee | undefined {
  const { callees } = registration;
  const only = callees[0];
  if (callees.length === 1 && unavailable === undefined) return only === undefined || only.busy ? undefined : only;
  const isAvailable = ({ session }: Callee): boolean => unavailable === undefined || !unavailable.has(session);
  const isFree = (callee: Callee): boolean => !callee.busy && isAvailable(callee);
  if (registration.remotes === 0) return byPolicy(registration, random, isFree);
  const isReachable = (callee: Callee): boolean => isFree(callee) && callee.remote?.reachable !== false;
  return byPolicy(registration, random, isReachable) ?? byPolicy(registration, random, isFree);
}

function byPolicy(registration: Registration, random: Random, isFree: (callee: Callee) => boolean): Callee | undefined {
  const { callees, invoke } = registration;
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

/**
 * Chooses the callee for a partitioned call: the same resource key goes to the same one (spec: "Sharded Registration"), also
 * while it is busy, since no other one has the data.
 */
export function chooseShard(
  { callees }: Registration,
  unavailable: ReadonlySet<Session> | undefined,
  rkey: string,
): Callee | undefined {
  const candidates = unavailable === undefined ? callees : callees.filter(({ session }) => !unavailable.has(session));
  return highestScoring(candidates, (callee) => callee.shardHash, rkey);
}
