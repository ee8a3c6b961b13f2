import type { Call, CallOptions, Id, InvocationDetails, Payload, Uri } from "@kreuz/codec";
import type { Permit } from "../auth/authorizer.js";
import type { RemoteSession } from "../fabric/remote-session.js";
import type { CallInfo } from "../plugin/realm-events.js";
import type { Session } from "../session/session.js";
import type { Callee, Registration } from "./registration.js";

/**
 * The state of a call. `waiting`: it has no callee, and waits in the queue or is about to be assigned. `invoked`: a callee
 * works on it. `interrupted`: the callee was told to stop (CANCEL mode `kill`), and its answer is awaited. `abandoned`: the
 * caller has its answer, but the callee was not told to stop and counts as busy until it answers. Settling a call in any
 * other way drops it.
 *
 *     CALL ─► waiting ─assign─► invoked ─CANCEL kill─► interrupted
 *                ▲                │ │                       │
 *                └── re-route ────┘ └─ CANCEL skip, timeout, caller left ─► abandoned
 */
export type CallState = "waiting" | "invoked" | "interrupted" | "abandoned";

/** What another node settled about a call that it routed to a callee of this one. */
export interface InboundTerms {
  /** The only callee that may get the call. */
  readonly callee: Session;
  readonly caller: RemoteSession;
  readonly details: InvocationDetails;
}

/**
 * A call from CALL to its one final answer. Its options are those of the first CALL (spec: "Freezing of Options in
 * Progressive Call Invocations").
 */
export class PendingCall {
  readonly caller: Session;
  /** The caller's request id. */
  readonly request: Id;
  readonly procedure: Uri;
  readonly options: CallOptions;
  readonly permit: Permit;
  registration: Registration;
  /** The resource key of a partitioned call, which selects the shard (spec: "Sharded Registration"). */
  readonly rkey: string | undefined;
  /** Maximum duration in milliseconds, also between progressive results; 0 for no limit. */
  readonly timeout: number;
  /** When the call was made, by the monotonic clock. */
  readonly started: number;
  state: CallState = "waiting";
  /** Absent while the call is `waiting`. */
  callee: Callee | undefined;
  /** The request id of the INVOCATION; 0 before the first one. */
  invocation: Id = 0;
  /** The arguments, while they may still have to be sent to a callee, or to another one. */
  payload: Payload | undefined;
  /** Bytes of the options, counted among those kept for the caller. */
  optionBytes = 0;
  /** Bytes of the arguments, counted likewise while they are kept. */
  payloadBytes = 0;
  /** Whether the caller may send further arguments. */
  open: boolean;
  /** Callees that are not to be asked: they answered `wamp.error.unavailable`, or their nodes bounced the call. */
  unavailable: Set<Session> | undefined;
  /** Those of them that only have all they can handle. */
  bounced: Set<Session> | undefined;
  /** Whether the node of a callee may keep the call waiting. */
  mayQueue = false;
  /** Whether arguments were sent after the first ones. */
  continued = false;
  /** Present when another node routed the call here. */
  inbound: InboundTerms | undefined;
  cancelTimer: (() => void) | undefined;
  /** The shard of a partitioned call, and the version of the registration that it was chosen for. */
  shard: Callee | undefined;
  shardVersion = -1;

  constructor(
    caller: Session,
    message: Call,
    permit: Permit,
    registration: Registration,
    started: number,
    inbound?: InboundTerms,
  ) {
    const { options } = message;
    this.caller = caller;
    this.request = message.request;
    this.procedure = message.procedure;
    this.options = options;
    this.permit = permit;
    this.registration = registration;
    this.rkey = options.runmode === "partition" ? options.rkey : undefined;
    this.timeout = shorter(options.timeout ?? 0, permit.maxCallTimeout ?? 0);
    this.started = started;
    this.payload = message.payload;
    this.open = options.progress === true;
    this.inbound = inbound;
  }

  /** Asks this callee no more. */
  skip(callee: Session): void {
    (this.unavailable ??= new Set()).add(callee);
    // Another shard is to be chosen.
    this.shardVersion = -1;
  }

  /** Whether some callees cannot serve the call though they could serve others. */
  get restricted(): boolean {
    return this.rkey !== undefined || this.unavailable !== undefined || this.inbound !== undefined;
  }

  /** Whether any callee of the registration could serve the call once it is free. */
  get hasCandidate(): boolean {
    const { unavailable, inbound } = this;
    if (inbound !== undefined) return this.registration.calleeOf(inbound.callee) !== undefined;
    if (unavailable === undefined) return this.registration.callees.length > 0;
    return this.registration.callees.some(({ session }) => !unavailable.has(session));
  }
}

/** The shorter of two durations, where 0 means no limit. */
function shorter(one: number, other: number): number {
  return one === 0 || other === 0 ? Math.max(one, other) : Math.min(one, other);
}

/** A call as plugins see it. */
export function infoOf({ procedure, request, caller, callee, registration }: PendingCall): CallInfo {
  const by = callee === undefined ? {} : { callee: callee.session.info };
  return { procedure, request, caller: caller.info, ...by, registration: registration.id };
}
