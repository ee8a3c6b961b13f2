import type { Id, InvocationDetails, InvocationPolicy } from "@kreuz/codec";
import type { SentCall } from "./driver.js";
import type { Peer } from "./test-network.js";

/** One callee on one procedure. */
export interface Member {
  readonly peer: Peer;
  readonly concurrency: number;
  readonly forward: boolean;
  readonly disclose: boolean;
  /** Calls that it is busy with, including those that their callers abandoned. */
  readonly invocations: Set<ModelCall>;
}

export interface Procedure {
  readonly policy: InvocationPolicy;
  members: Member[];
}

/** A call as the model expects it. */
export interface ModelCall {
  readonly sent: SentCall;
  readonly procedure: Procedure;
  /** Milliseconds; 0 for none. */
  readonly timeout: number;
  readonly tried: Set<Peer>;
  /** `assigning`: the messages of this step show what becomes of it. */
  state: "assigning" | "waiting" | "running" | "done";
  member: Member | undefined;
  invocation: Id;
  open: boolean;
  parts: number;
  interrupted: boolean;
  /** When the dealer times it out. */
  deadline: number | undefined;
}

export function canCancel(peer: Peer): boolean {
  return peer.has("callee.call_canceling");
}

/** Whether only some of the callees may serve it. */
export function needsSpecificCallee({ tried, sent }: ModelCall): boolean {
  return tried.size > 0 || sent.options.rkey !== undefined;
}

export function candidates({ procedure, tried }: ModelCall): readonly Member[] {
  return procedure.members.filter(({ peer }) => !tried.has(peer));
}

/** The callees that the call may go to now; several where its policy leaves it to chance. */
export function choices(call: ModelCall): readonly Member[] {
  if (call.sent.options.rkey !== undefined) return candidates(call);
  const free = candidates(call).filter(({ invocations, concurrency }) => invocations.size < concurrency);
  switch (call.procedure.policy) {
    case "single":
    case "first":
      return free.slice(0, 1);
    case "last":
      return free.slice(-1);
    default:
      return free;
  }
}

/** Whether the callee did not announce a feature that the call needs. */
export function lacks({ peer }: Member, { sent: { options } }: ModelCall): boolean {
  if (options.progress === true && !(peer.has("callee.progressive_call_invocations") && canCancel(peer))) return true;
  return options.ppt_scheme !== undefined && !peer.has("callee.payload_passthru_mode");
}

/** What its callee is told about the call. */
export function detailsFor({ sent, open, timeout }: ModelCall, member: Member): InvocationDetails {
  const { caller, options } = sent;
  const discloses = options.disclose_me === true || member.disclose;
  const reports = options.receive_progress === true && member.peer.has("callee.progressive_call_results");
  return {
    ...(discloses ? { caller: caller.id, caller_authid: "joe", caller_authrole: "user" } : {}),
    ...(reports ? { receive_progress: true } : {}),
    ...(open ? { progress: true } : {}),
    ...(timeout > 0 && member.forward ? { timeout } : {}),
    ...(options.ppt_scheme === undefined ? {} : { ppt_scheme: options.ppt_scheme }),
  };
}
