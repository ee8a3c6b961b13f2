import type { Authenticator, RealmPart } from "@kreuz/router";

/** An authenticator with another `begin`. Not a copy: of an instance of a class, it would lack the other methods. */
export function withBegin(
  authenticator: Authenticator & RealmPart,
  begin: Authenticator["begin"],
): Authenticator & RealmPart {
  const { method, applies, lookup, setup } = authenticator;
  return {
    method,
    begin,
    ...(applies === undefined ? {} : { applies: applies.bind(authenticator) }),
    ...(lookup === undefined ? {} : { lookup: lookup.bind(authenticator) }),
    ...(setup === undefined ? {} : { setup: setup.bind(authenticator) }),
  };
}
