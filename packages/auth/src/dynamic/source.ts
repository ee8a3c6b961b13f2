import { ErrorUri, WampError, type Dict, type Payload, type Uri } from "@kreuz/codec";
import type { AuthRequest } from "@kreuz/router";

/**
 * Somebody who is asked about each client: a function, or through {@link askProcedure} a WAMP procedure. It answers in
 * Crossbar.io's shapes: a role, or a dict with `role` and what the method needs. `undefined` and `null` refuse, and so
 * does a {@link WampError}; any other throw is a failure.
 */
export type CredentialSource = (realm: Uri, authid: string | undefined, details: Dict) => unknown;

/** Calls a procedure; `LocalSession.call` is one. */
export type Call = (procedure: Uri, payload: Payload) => Promise<Payload>;

/** Settings of the dynamic stores. */
export interface DynamicOptions {
  /** Goes out as `WELCOME.Details.authprovider`. Default `dynamic`. */
  readonly provider?: string;
}

/** Errors that say that nobody could be asked: a failure, and no answer about the client. */
const NOT_ASKED: ReadonlySet<string> = new Set([
  ErrorUri.NO_SUCH_PROCEDURE,
  ErrorUri.NO_AVAILABLE_CALLEE,
  ErrorUri.MAX_CONCURRENCY_REACHED,
  ErrorUri.UNAVAILABLE,
  ErrorUri.NETWORK_FAILURE,
  ErrorUri.TIMEOUT,
  ErrorUri.CANCELED,
  ErrorUri.CANCELLED,
  ErrorUri.NOT_AUTHORIZED,
  ErrorUri.AUTHORIZATION_FAILED,
  ErrorUri.NO_SUCH_SESSION,
  ErrorUri.NO_SUCH_REALM,
  ErrorUri.INVALID_URI,
]);

/** Asks a WAMP procedure, with the arguments that Crossbar.io's dynamic authenticators are called with. */
export function askProcedure(call: Call, procedure: Uri): CredentialSource {
  return async (realm, authid, details) => {
    const result = await call(procedure, { args: [realm, authid ?? null, details] });
    return result.args?.[0];
  };
}

/** What the source says of a client; `undefined` when it refuses it. */
export async function answerOf(
  source: CredentialSource,
  authmethod: string,
  request: AuthRequest,
  more: Dict = {},
): Promise<unknown> {
  try {
    return (await source(request.realm, request.authid, detailsOf(authmethod, request, more))) ?? undefined;
  } catch (error) {
    if (error instanceof WampError && !NOT_ASKED.has(error.uri)) return undefined;
    throw error;
  }
}

/** The third argument: who wants to join, and how. Never cookies or headers. */
function detailsOf(authmethod: string, request: AuthRequest, more: Dict): Dict {
  const { session, authid, authextra, details, transport, evidence } = request;
  const { certificate } = evidence;
  return {
    session,
    authmethod,
    authid: authid ?? null,
    authrole: details.authrole ?? null,
    authextra: authextra ?? null,
    transport: { ...transport, ...(certificate === undefined ? {} : { client_cert: { ...certificate } }) },
    ...more,
  };
}
