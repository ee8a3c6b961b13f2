import type { ClientRole, HelloDetails, RoleDetails } from "@kreuz/codec";
import { ALL_CLIENT_ROLES } from "@kreuz/testkit";

type Roles = HelloDetails["roles"];
type FeatureOf = `${ClientRole}.${string}`;

/** Every role with every feature, except these. */
export function rolesWithout(...names: readonly FeatureOf[]): Roles {
  const roles: Partial<Record<ClientRole, RoleDetails>> = {};
  for (const role of ["publisher", "subscriber", "caller", "callee"] as const) {
    const features = Object.entries(ALL_CLIENT_ROLES[role]?.features ?? {});
    roles[role] = { features: Object.fromEntries(features.filter(([name]) => !names.includes(`${role}.${name}`))) };
  }
  return roles;
}

/** Every role with these features and no others. */
export function rolesWith(...names: readonly FeatureOf[]): Roles {
  const roles: Record<ClientRole, RoleDetails> = { publisher: {}, subscriber: {}, caller: {}, callee: {} };
  for (const name of names) {
    const [role, feature] = name.split(".") as [ClientRole, string];
    roles[role] = { features: { ...roles[role].features, [feature]: true } };
  }
  return roles;
}

/** What Autobahn|JS 22.11 announces. */
export const AUTOBAHN_ROLES: Roles = rolesWith(
  "caller.caller_identification",
  "caller.call_canceling",
  "caller.progressive_call_results",
  "callee.caller_identification",
  "callee.pattern_based_registration",
  "callee.shared_registration",
  "callee.progressive_call_results",
  "callee.registration_revocation",
  "publisher.publisher_identification",
  "publisher.subscriber_blackwhite_listing",
  "publisher.publisher_exclusion",
  "subscriber.publisher_identification",
  "subscriber.pattern_based_subscription",
  "subscriber.subscription_revocation",
);

/** What Wampy 8.0 announces. */
export const WAMPY_ROLES: Roles = rolesWith(
  "publisher.subscriber_blackwhite_listing",
  "publisher.publisher_exclusion",
  "publisher.publisher_identification",
  "publisher.payload_passthru_mode",
  "subscriber.pattern_based_subscription",
  "subscriber.publication_trustlevels",
  "subscriber.publisher_identification",
  "subscriber.payload_passthru_mode",
  "caller.caller_identification",
  "caller.progressive_call_results",
  "caller.call_canceling",
  "caller.call_timeout",
  "caller.payload_passthru_mode",
  "callee.caller_identification",
  "callee.call_trustlevels",
  "callee.pattern_based_registration",
  "callee.shared_registration",
  "callee.payload_passthru_mode",
);
