import type { RouterRole, WelcomeDetails } from "@kreuz/codec";
import type { RoleFeatures } from "../plugin/plugin.js";

/** The router's own features by role; plugins add theirs. */
export const CORE_FEATURES: RoleFeatures = {
  broker: {
    publisher_exclusion: true,
    publisher_identification: true,
    publication_trustlevels: true,
    subscriber_blackwhite_listing: true,
    pattern_based_subscription: true,
    sharded_subscription: true,
    // As the specification's text spells it.
    shareded_subscriptions: true,
    event_retention: true,
    subscription_revocation: true,
    payload_passthru_mode: true,
  },
  dealer: {
    caller_identification: true,
    call_trustlevels: true,
    call_timeout: true,
    call_canceling: true,
    // The section on progressive call invocations spells it so.
    call_cancelling: true,
    call_reroute: true,
    progressive_call_results: true,
    progressive_call_invocations: true,
    pattern_based_registration: true,
    shared_registration: true,
    sharded_registration: true,
    registration_revocation: true,
    payload_passthru_mode: true,
  },
};

/** The roles of WELCOME: the union of all features, so that each is announced by whatever provides it. */
export function announce(all: readonly RoleFeatures[]): WelcomeDetails["roles"] {
  const role = (name: RouterRole): { features: Record<string, boolean> } => {
    const features: Record<string, boolean> = {};
    for (const provided of all) Object.assign(features, provided[name]);
    return { features };
  };
  return { broker: role("broker"), dealer: role("dealer") };
}
