import { ErrorUri, type Dict } from "@kreuz/codec";
import type { AuthAccept, AuthDeny, AuthRequest } from "@kreuz/router";

/** What a client gets once it has proved who it is. */
export interface Grant {
  readonly authrole: string;
  /** The authid of the session. Default: the one that the client asked for. */
  readonly authid?: string;
  /** Goes out in `WELCOME.Details.authextra`. */
  readonly authextra?: Dict;
}

/** Where credentials come from: a config, a file, a database, a procedure. */
export interface CredentialStore<C extends Grant> {
  /** Goes out as `WELCOME.Details.authprovider`: `static`, `dynamic`, … */
  readonly provider: string;
  /**
   * The credential of the client that asks; `undefined` when there is none. A throw or a rejection is a failure of the
   * store, not a refusal.
   */
  find(request: AuthRequest): C | undefined | Promise<C | undefined>;
  /**
   * Credentials of the kind that this store holds. What is made up for a client that nobody knows looks like one of
   * them, so that a challenge does not tell who exists.
   */
  samples?(): readonly C[];
}

/** Settings of every method that asks a store. */
export interface StoreOptions<C extends Grant> {
  readonly store: CredentialStore<C>;
}

/** WELCOME for a client that proved itself. */
export function accepted(grant: Grant, request: AuthRequest, provider: string, extra: Dict = {}): AuthAccept {
  const authid = grant.authid ?? request.authid;
  if (authid === undefined || authid === "")
    throw new TypeError("the store named no authid, and neither did the client");
  const authextra = { ...grant.authextra, ...extra };
  return {
    type: "accept",
    authid,
    authrole: grant.authrole,
    authprovider: provider,
    ...(Object.keys(authextra).length === 0 ? {} : { authextra }),
  };
}

/**
 * The one answer to a client that nobody knows, to a wrong secret and to a broken proof.
 *
 * @param detail - for the log.
 */
export function denied(detail: string): AuthDeny {
  const message = "the client could not prove who it says it is";
  return { type: "deny", reason: ErrorUri.AUTHENTICATION_DENIED, message, detail };
}

/** A HELLO that does not say what its method needs. It is the client's author who wants to know that. */
export function incomplete(message: string): AuthDeny {
  return { type: "deny", reason: ErrorUri.AUTHENTICATION_DENIED, message };
}

/** Goes on with a value that is there now, or comes later. What is there at once stays synchronous. */
export function later<T, R>(value: T | Promise<T>, proceed: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(proceed) : proceed(value);
}
