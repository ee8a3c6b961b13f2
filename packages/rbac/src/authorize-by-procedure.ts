import type { CallOptions, Payload, Uri } from "@kreuz/codec";
import type { AuthorizerAnswer } from "./authorizer-answer.js";
import type { AuthorizeFunction } from "./dynamic-authorizer.js";

/** Whatever can call a procedure in the name of the router: a session in this process, from `Router.connect`. */
export interface Caller {
  call(procedure: Uri, payload?: Payload, options?: CallOptions): Promise<Payload>;
}

/** Settings of {@link authorizeByProcedure}. */
export interface ProcedureOptions {
  /** URI of the procedure. */
  readonly procedure: Uri;
  /**
   * Gives the session to call with. No permission is asked for its calls, so that asking does not lead to another
   * question. Asked for each call, since a session may have to be opened first.
   */
  readonly caller: () => Caller;
  /** Milliseconds after which the router takes the question back. Default 5000, as that of `dynamicAuthorizer`. */
  readonly timeout?: number;
}

/**
 * An {@link AuthorizeFunction} that asks a WAMP procedure, with Crossbar's arguments `(session, uri, action, options)` and
 * results: a boolean, or a dict with `allow`, `disclose` and `cache`, as the one positional result.
 */
export function authorizeByProcedure({ procedure, caller, timeout = 5000 }: ProcedureOptions): AuthorizeFunction {
  return async (session, uri, action, options) => {
    const { args } = await caller().call(procedure, { args: [session, uri, action, options] }, { timeout });
    // Whatever it is, it is looked at before it counts.
    return args?.[0] as AuthorizerAnswer;
  };
}
