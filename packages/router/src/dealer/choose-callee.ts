import type { Callee } from "./callee.js";
import type { Random } from "../random.js";
import type { Registration } from "./registration.js";
import { highestScoring } from "../matching/rendezvous.js";
import type { Session } from "../session/session.js";

/**
 * The callee for a call, by the registration's invocation policy (spec: "Shared Registration"). Busy ones are passed
 * over, and so are those that have said they are unavailable (spec: "Call Re-Routing").
 *
 * @param rkey - for a partitioned call (spec: "Sharded Registration"): the same key goes to the same callee.
 * @returns `undefined` when there is nobody, or nobody with time.
 */
export function chooseCallee(
  registration: Registration,
  random: Random,
  tried: ReadonlySet<Session> | undefined,
  rkey: string | undefined,
): Callee | undefined {
  const { callees, invoke } = registration;
  const only = callees[0];
  if (callees.length === 1 && tried === undefined) return only === undefined || only.busy ? undefined : only;
  const isLeft = ({ session }: Callee): boolean => tried === undefined || !tried.has(session);
  if (rkey !== undefined) return chooseShard(callees.filter(isLeft), rkey);
  const isFree = (callee: Callee): boolean => !callee.busy && isLeft(callee);
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

/** A busy shard is waited for: another one would not have the data. */
function chooseShard(candidates: readonly Callee[], rkey: string): Callee | undefined {
  const chosen = highestScoring(candidates, (callee) => callee.shard, rkey);
  return chosen?.busy === true ? undefined : chosen;
}
