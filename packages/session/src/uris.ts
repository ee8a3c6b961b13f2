import type { ErrorUri } from "@kreuz/codec";

// Constants and not members of an object, of which a bundle would carry all.

export const CANCELED: (typeof ErrorUri)["CANCELED"] = "wamp.error.canceled";
export const LIMIT_EXCEEDED: (typeof ErrorUri)["LIMIT_EXCEEDED"] = "wamp.error.limit_exceeded";
export const NO_SUCH_REGISTRATION: (typeof ErrorUri)["NO_SUCH_REGISTRATION"] = "wamp.error.no_such_registration";
export const NO_SUCH_SESSION: (typeof ErrorUri)["NO_SUCH_SESSION"] = "wamp.error.no_such_session";
export const NO_SUCH_SUBSCRIPTION: (typeof ErrorUri)["NO_SUCH_SUBSCRIPTION"] = "wamp.error.no_such_subscription";
export const RUNTIME_ERROR: (typeof ErrorUri)["RUNTIME_ERROR"] = "wamp.error.runtime_error";
export const TIMEOUT: (typeof ErrorUri)["TIMEOUT"] = "wamp.error.timeout";
export const UNAVAILABLE: (typeof ErrorUri)["UNAVAILABLE"] = "wamp.error.unavailable";
