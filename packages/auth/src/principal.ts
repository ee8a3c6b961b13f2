import { ErrorUri, type Dict } from "@kreuz/codec";
import type { AuthAccept, AuthDeny, AuthRequest } from "@kreuz/router";

/** What a session becomes once its client has authenticated. */
export interface Principal {
  readonly authrole: string;
  /** Default: the authid that the client asked for. */
  readonly authid?: string;
  /** Sent in `WELCOME.Details.authextra`. */
  readonly authextra?: Dict;
}

/** Looks up credentials: in a config, a file, a database, or by calling a procedure. */
export interface CredentialStore<C extends Principal> {
  /** Sent as `WELCOME.Details.authprovider`: `static`, `dynamic`, … */
  readonly provider: string;
  /**
   * Finds the credential of the client that sent HELLO.
   *
   * @returns `undefined` when the client is unknown. A throw or rejection means that the store failed: the client gets
   * `wamp.error.authentication_failed` instead of a denial.
   */
  find(request: AuthRequest): C | undefined | Promise<C | undefined>;
  /**
   * Credentials that are typical for this store. The mock challenge for an unknown client imitates one of them, so that
   * a challenge does not reveal which names exist.
   */
  samples?(): readonly C[];
}

/** Settings of every method that looks up credentials. */
export interface StoreOptions<C extends Principal> {
  readonly store: CredentialStore<C>;
}

/** Lets a client in that proved its identity. */
export function accepted(principal: Principal, request: AuthRequest, provider: string, extra: Dict = {}): AuthAccept {
  const authid = principal.authid ?? request.authid;
  if (authid === undefined || authid === "")
    throw new TypeError("the account has no authid, and HELLO.Details.authid is missing; the account must give one");
  if (authid.length > MAX_NAME_LENGTH)
    throw new TypeError(`the account has an authid of ${authid.length} characters; the maximum is ${MAX_NAME_LENGTH}`);
  const authextra = { ...principal.authextra, ...extra };
  return {
    type: "accept",
    authid,
    authrole: principal.authrole,
    authprovider: provider,
    ...(Object.keys(authextra).length === 0 ? {} : { authextra }),
  };
}

/**
 * Denies a client. The client gets the same answer for an unknown name, a wrong secret and a malformed proof.
 *
 * @param detail - the reason, for the log only.
 */
export function denied(detail: string): AuthDeny {
  const message = "unknown client or wrong credentials";
  return { type: "deny", reason: ErrorUri.AUTHENTICATION_DENIED, message, detail };
}

/**
 * Denies an AUTHENTICATE that cannot be a proof, such as a signature of the wrong length. The client gets the same answer as
 * for a wrong proof, but it is no attempt to guess one.
 *
 * @param detail - the reason, for the log only.
 */
export function malformed(detail: string): AuthDeny {
  return { ...denied(detail), attempt: false };
}

/** Refuses a HELLO that lacks what its method needs. The message names the field, for the author of the client. */
export function incomplete(message: string): AuthDeny {
  return { type: "deny", reason: ErrorUri.PROTOCOL_VIOLATION, message, attempt: false };
}

/** Denies a HELLO that asks for a channel binding that the transport does not have, or lacks one that is required. */
export function unbound(message: string): AuthDeny {
  return { ...incomplete(message), reason: ErrorUri.AUTHENTICATION_DENIED };
}

/** Refuses a client because too many others are being checked. @param detail - the limit, for the log only. */
export function busy(detail: string): AuthDeny {
  const message = "too many logins at once; try again later";
  return { type: "deny", reason: ErrorUri.LIMIT_EXCEEDED, message, detail, attempt: false, throttled: true };
}

/** Characters of an authid, and of a nonce. The router refuses longer authids at HELLO. */
export const MAX_NAME_LENGTH = 256;

/** Looks the account of a client up that proved itself earlier; the `lookup` of a method. */
export function lookupIn(
  store: Pick<CredentialStore<Principal>, "provider" | "find">,
  request: AuthRequest,
): AuthAccept | undefined | Promise<AuthAccept | undefined> {
  return thenMaybe(store.find(request), (found) =>
    found === undefined ? undefined : accepted(found, request, store.provider),
  );
}

/** Applies `map` to a value or to what a Promise resolves to; with a plain value, it stays synchronous. */
export function thenMaybe<T, R>(value: T | Promise<T>, map: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(map) : map(value);
}
