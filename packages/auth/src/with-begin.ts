import type { Authenticator } from "@kreuz/router";

/** An authenticator with another `begin`. Not a copy: of an instance of a class, it would lack the other methods. */
export function withBegin(authenticator: Authenticator, begin: Authenticator["begin"]): Authenticator {
  const { method, applies, lookup } = authenticator;
  return {
    method,
    begin,
    ...(applies === undefined ? {} : { applies: applies.bind(authenticator) }),
    ...(lookup === undefined ? {} : { lookup: lookup.bind(authenticator) }),
  };
}
