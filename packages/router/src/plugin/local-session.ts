import type { Uri } from "@kreuz/codec";
import type { RegisterSettings, Registration, Session } from "@kreuz/session";
import type { ProcedureHandler } from "./plugin.js";

/** The identity of a session inside the process. */
export interface LocalIdentity {
  /** Default: a random name. */
  readonly authid?: string;
  /** Default `trusted`. */
  readonly authrole?: string;
}

/**
 * A session inside the process: a client without transport, for embedders and bridges. What it sends takes effect before its
 * methods return, unless an authorizer takes its time. Handlers run in microtasks of their own, never inside the router's
 * fan-out.
 */
export interface LocalSession extends Session {
  /** Registers a procedure or a pattern; the procedure knows who calls. */
  register(procedure: Uri, handler: ProcedureHandler, options?: RegisterSettings): Promise<Registration>;
}
