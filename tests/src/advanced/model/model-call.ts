import type { Id, InvocationDetails, InvocationPolicy } from "@kreuz/codec";
import type { MadeCall } from "./driver.js";
import type { Peer } from "./test-network.js";

/** One callee on one procedure. */
export interface Member {
  readonly peer: Peer;
  readonly concurrency: number;
  readonly forward: boolean;
  readonly disclose: boolean;
  /** Calls that it is busy with, those included whose callers do not wait any longer. */
  readonly working: Set<ModelCall>;
}

export interface Procedure {
  readonly policy: InvocationPolicy;
  members: Member[];
}

/** A call as it should be. */
export interface ModelCall {
  readonly made: MadeCall;
  readonly procedure: Procedure;
  /** Milliseconds; 0 for none. */
  readonly timeout: number;
  readonly tried: Set<Peer>;
  /** `placing`: this step shows what becomes of it. */
  state: "placing" | "waiting" | "running" | "done";
  member: Member | undefined;
  invocation: Id;
  open: boolean;
  parts: number;
  interrupted: boolean;
  /** When the dealer ends it. */
  deadline: number | undefined;
}

export function canCancel(peer: Peer): boolean {
  return peer.has("callee.call_canceling");
}

/** Only certain callees may serve it. */
export function isParticular({ tried, made }: ModelCall): boolean {
  return tried.size > 0 || made.options.rkey !== undefined;
}

export function candidates({ procedure, tried }: ModelCall): readonly Member[] {
  return procedure.members.filter(({ peer }) => !tried.has(peer));
}

/** Those that the call may go to now, as far as its policy is not a matter of chance. */
export function choices(call: ModelCall): readonly Member[] {
  if (call.made.options.rkey !== undefined) return candidates(call);
  const free = candidates(call).filter(({ working, concurrency }) => working.size < concurrency);
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

/** The callee has not announced what the call needs. */
export function lacks({ peer }: Member, { made: { options } }: ModelCall): boolean {
  if (options.progress === true && !(peer.has("callee.progressive_call_invocations") && canCancel(peer))) return true;
  return options.ppt_scheme !== undefined && !peer.has("callee.payload_passthru_mode");
}

/** What its callee is told about the call. */
export function detailsFor({ made, open, timeout }: ModelCall, member: Member): InvocationDetails {
  const { caller, options } = made;
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
