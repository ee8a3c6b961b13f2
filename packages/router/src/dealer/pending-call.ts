import type { Call, CallOptions, Id, Payload, Uri } from "@kreuz/codec";
import { timeoutOf } from "./call-rules.js";
import type { Callee } from "./callee.js";
import type { Permit } from "../auth/permit.js";
import type { Registration } from "./registration.js";
import type { Session } from "../session/session.js";

/**
 * A call from CALL to its one final answer. While it waits for a callee, `callee` is absent. Its options are those of
 * the first CALL (spec: "Freezing of Options in Progressive Call Invocations").
 */
export class PendingCall {
  readonly caller: Session;
  /** The caller's request id. */
  readonly request: Id;
  readonly procedure: Uri;
  readonly options: CallOptions;
  readonly permit: Permit;
  registration: Registration;
  /** For a partitioned call: which shard it is for (spec: "Sharded Registration"). */
  readonly shard: string | undefined;
  callee: Callee | undefined;
  /** The request id of the INVOCATION; 0 before there was one. */
  invocation: Id = 0;
  /** The arguments, for as long as the call may have to be sent to a callee, or to another one. */
  payload: Payload | undefined;
  /** What its options count for in the bytes that are kept for its caller. */
  optionBytes = 0;
  /** And what its arguments do, where they are kept. */
  payloadBytes = 0;
  /** The caller may go on sending arguments. */
  open: boolean;
  /** The callee was told to stop, and its answer is still awaited. */
  interrupted = false;
  /** The caller has its answer, but the callee works on and is still busy with the call. */
  lingers = false;
  /** Callees that said they are unavailable. */
  tried: Set<Session> | undefined;
  /** Milliseconds that it may take, and between progressive results; 0 for no limit. */
  readonly timeout: number;
  cancelTimer: (() => void) | undefined;

  constructor(caller: Session, message: Call, permit: Permit, registration: Registration) {
    this.caller = caller;
    this.request = message.request;
    this.procedure = message.procedure;
    this.options = message.options;
    this.permit = permit;
    this.registration = registration;
    this.shard = message.options.runmode === "partition" ? message.options.rkey : undefined;
    this.payload = message.payload;
    this.open = message.options.progress === true;
    this.timeout = timeoutOf(message, permit);
  }
}
