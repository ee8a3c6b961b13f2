/** Error URIs: all that the specification predefines, and a few that Kreuz and other implementations add. */
export const ErrorUri = {
  INVALID_URI: "wamp.error.invalid_uri",
  NO_SUCH_PROCEDURE: "wamp.error.no_such_procedure",
  PROCEDURE_ALREADY_EXISTS: "wamp.error.procedure_already_exists",
  /** A shared registration asks for another invocation policy than the first one did. Crossbar.io's URI. */
  PROCEDURE_EXISTS_INVOCATION_POLICY_CONFLICT: "wamp.error.procedure_exists_with_different_invocation_policy",
  NO_SUCH_REGISTRATION: "wamp.error.no_such_registration",
  NO_SUCH_SUBSCRIPTION: "wamp.error.no_such_subscription",
  INVALID_ARGUMENT: "wamp.error.invalid_argument",
  /** A call was canceled. The specification also spells it {@link CANCELLED}, which Kreuz accepts and never sends. */
  CANCELED: "wamp.error.canceled",
  CANCELLED: "wamp.error.cancelled",
  /** A payload contains a value that WAMP does not have, such as an extension type. Crossbar.io's URI. */
  INVALID_PAYLOAD: "wamp.error.invalid_payload",
  PAYLOAD_SIZE_EXCEEDED: "wamp.error.payload_size_exceeded",
  PROTOCOL_VIOLATION: "wamp.error.protocol_violation",
  NOT_AUTHORIZED: "wamp.error.not_authorized",
  AUTHORIZATION_FAILED: "wamp.error.authorization_failed",
  AUTHORIZATION_DENIED: "wamp.error.authorization_denied",
  AUTHORIZATION_REQUIRED: "wamp.error.authorization_required",
  NO_SUCH_REALM: "wamp.error.no_such_realm",
  NO_SUCH_ROLE: "wamp.error.no_such_role",
  NO_MATCHING_AUTH_METHOD: "wamp.error.no_matching_auth_method",
  NO_SUCH_PRINCIPAL: "wamp.error.no_such_principal",
  AUTHENTICATION_DENIED: "wamp.error.authentication_denied",
  AUTHENTICATION_FAILED: "wamp.error.authentication_failed",
  AUTHENTICATION_REQUIRED: "wamp.error.authentication_required",
  TIMEOUT: "wamp.error.timeout",
  OPTION_NOT_ALLOWED: "wamp.error.option_not_allowed",
  DISCLOSE_ME_DISALLOWED: "wamp.error.option_disallowed.disclose_me",
  NETWORK_FAILURE: "wamp.error.network_failure",
  UNAVAILABLE: "wamp.error.unavailable",
  NO_AVAILABLE_CALLEE: "wamp.error.no_available_callee",
  FEATURE_NOT_SUPPORTED: "wamp.error.feature_not_supported",
  NO_SUCH_SESSION: "wamp.error.no_such_session",
  /** A procedure failed unexpectedly. Autobahn's URI. */
  RUNTIME_ERROR: "wamp.error.runtime_error",
  /** Every callee is at its `concurrency` and the queue of calls is full. Crossbar.io's URI. */
  MAX_CONCURRENCY_REACHED: "crossbar.error.max_concurrency_reached",
  /** The event was delivered, but event history could not store it. Kreuz's URI. */
  EVENT_NOT_STORED: "kreuz.error.event_not_stored",
  /** A limit of the router is reached. Kreuz's URI. */
  LIMIT_EXCEEDED: "wamp.error.limit_exceeded",
} as const;

/** Reasons of GOODBYE, and of ABORT while a router stops. */
export const CloseUri = {
  SYSTEM_SHUTDOWN: "wamp.close.system_shutdown",
  CLOSE_REALM: "wamp.close.close_realm",
  GOODBYE_AND_OUT: "wamp.close.goodbye_and_out",
  KILLED: "wamp.close.killed",
  /** A client leaves. Not in the specification, but widely sent. */
  NORMAL: "wamp.close.normal",
  /** The transport ended without GOODBYE. Kreuz's URI, for plugins and logs; never sent. */
  TRANSPORT_LOST: "wamp.close.transport_lost",
} as const;

/** Topics of the meta APIs. */
export const MetaTopic = {
  SESSION_ON_JOIN: "wamp.session.on_join",
  SESSION_ON_LEAVE: "wamp.session.on_leave",
  REGISTRATION_ON_CREATE: "wamp.registration.on_create",
  REGISTRATION_ON_REGISTER: "wamp.registration.on_register",
  REGISTRATION_ON_UNREGISTER: "wamp.registration.on_unregister",
  REGISTRATION_ON_DELETE: "wamp.registration.on_delete",
  SUBSCRIPTION_ON_CREATE: "wamp.subscription.on_create",
  SUBSCRIPTION_ON_SUBSCRIBE: "wamp.subscription.on_subscribe",
  SUBSCRIPTION_ON_UNSUBSCRIBE: "wamp.subscription.on_unsubscribe",
  SUBSCRIPTION_ON_DELETE: "wamp.subscription.on_delete",
} as const;

/** Procedures of the meta APIs. */
export const MetaProcedure = {
  SESSION_COUNT: "wamp.session.count",
  SESSION_LIST: "wamp.session.list",
  SESSION_GET: "wamp.session.get",
  SESSION_KILL: "wamp.session.kill",
  SESSION_KILL_BY_AUTHID: "wamp.session.kill_by_authid",
  SESSION_KILL_BY_AUTHROLE: "wamp.session.kill_by_authrole",
  SESSION_KILL_ALL: "wamp.session.kill_all",
  SESSION_ADD_TESTAMENT: "wamp.session.add_testament",
  SESSION_FLUSH_TESTAMENTS: "wamp.session.flush_testaments",
  REGISTRATION_LIST: "wamp.registration.list",
  REGISTRATION_LOOKUP: "wamp.registration.lookup",
  REGISTRATION_MATCH: "wamp.registration.match",
  REGISTRATION_GET: "wamp.registration.get",
  REGISTRATION_LIST_CALLEES: "wamp.registration.list_callees",
  REGISTRATION_COUNT_CALLEES: "wamp.registration.count_callees",
  REGISTRATION_REMOVE_CALLEE: "wamp.registration.remove_callee",
  SUBSCRIPTION_LIST: "wamp.subscription.list",
  SUBSCRIPTION_LOOKUP: "wamp.subscription.lookup",
  SUBSCRIPTION_MATCH: "wamp.subscription.match",
  SUBSCRIPTION_GET: "wamp.subscription.get",
  SUBSCRIPTION_LIST_SUBSCRIBERS: "wamp.subscription.list_subscribers",
  SUBSCRIPTION_COUNT_SUBSCRIBERS: "wamp.subscription.count_subscribers",
  SUBSCRIPTION_REMOVE_SUBSCRIBER: "wamp.subscription.remove_subscriber",
  SUBSCRIPTION_GET_EVENTS: "wamp.subscription.get_events",
} as const;
