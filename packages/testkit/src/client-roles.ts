import type { HelloDetails, RoleDetails } from "@kreuz/codec";

/** Every client role with every feature that the specification lists, so that a router withholds nothing from a test. */
export const ALL_CLIENT_ROLES: HelloDetails["roles"] = {
  publisher: role(
    "payload_passthru_mode",
    "publisher_exclusion",
    "publisher_identification",
    "subscriber_blackwhite_listing",
  ),
  subscriber: role(
    "pattern_based_subscription",
    "payload_passthru_mode",
    "publication_trustlevels",
    "publisher_identification",
    "sharded_subscription",
    "subscription_revocation",
  ),
  caller: role(
    "call_canceling",
    "call_timeout",
    "caller_identification",
    "payload_passthru_mode",
    "progressive_call_invocations",
    "progressive_call_results",
  ),
  callee: role(
    "call_canceling",
    "call_reroute",
    "call_timeout",
    "call_trustlevels",
    "caller_identification",
    "pattern_based_registration",
    "payload_passthru_mode",
    "progressive_call_invocations",
    "progressive_call_results",
    "registration_revocation",
    "sharded_registration",
    "shared_registration",
  ),
};

function role(...features: readonly string[]): RoleDetails {
  return { features: Object.fromEntries(features.map((feature) => [feature, true])) };
}
