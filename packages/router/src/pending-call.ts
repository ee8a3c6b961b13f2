import type { Id } from "@kreuz/codec";
import type { Registration } from "./registration.js";
import type { Session } from "./session.js";

/** A call on its way: from the INVOCATION until the final answer, or until one of the two sessions is gone. */
export interface PendingCall {
  readonly caller: Session;
  /** The caller's request id. */
  readonly request: Id;
  readonly callee: Session;
  /** The request id of the INVOCATION. */
  readonly invocation: Id;
  readonly registration: Registration;
}
