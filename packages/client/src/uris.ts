import type { CloseUri, ErrorUri } from "@kreuz/codec";

// Constants and not members of an object, of which a bundle would carry all.

export const GOODBYE_AND_OUT: (typeof CloseUri)["GOODBYE_AND_OUT"] = "wamp.close.goodbye_and_out";
export const NORMAL: (typeof CloseUri)["NORMAL"] = "wamp.close.normal";
export const TRANSPORT_LOST: (typeof CloseUri)["TRANSPORT_LOST"] = "wamp.close.transport_lost";
export const AUTHENTICATION_FAILED: (typeof ErrorUri)["AUTHENTICATION_FAILED"] = "wamp.error.authentication_failed";
export const NO_MATCHING_AUTH_METHOD: (typeof ErrorUri)["NO_MATCHING_AUTH_METHOD"] =
  "wamp.error.no_matching_auth_method";
export const PROTOCOL_VIOLATION: (typeof ErrorUri)["PROTOCOL_VIOLATION"] = "wamp.error.protocol_violation";
export const TIMEOUT: (typeof ErrorUri)["TIMEOUT"] = "wamp.error.timeout";
