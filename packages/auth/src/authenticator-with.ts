import type { Authenticator, RealmPart } from "@kreuz/router";

/**
 * An authenticator with another name or another `begin`, and the rest as it is. Not a copy: of an instance of a class, that would lack
 * the other methods.
 */
export function authenticatorWith(
  authenticator: Authenticator & RealmPart,
  changes: Partial<Pick<Authenticator, "method" | "begin">>,
): Authenticator & RealmPart {
  const { method, applies, lookup, setup } = authenticator;
  return {
    method,
    begin: (request) => authenticator.begin(request),
    ...(applies === undefined ? {} : { applies: applies.bind(authenticator) }),
    ...(lookup === undefined ? {} : { lookup: lookup.bind(authenticator) }),
    ...(setup === undefined ? {} : { setup: setup.bind(authenticator) }),
    ...changes,
  };
}
