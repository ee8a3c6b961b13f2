import type { ClientRole, RouterRole, WelcomeDetails } from "@kreuz/codec";
import type { RoleFeatures } from "./plugin.js";

/** What this router does for each role, whatever the plugins add. */
export const CORE_FEATURES: RoleFeatures = {
  broker: { publisher_exclusion: true, pattern_based_subscription: true },
  dealer: { pattern_based_registration: true },
};

/** The roles a client may announce. */
export const CLIENT_ROLES: readonly ClientRole[] = ["publisher", "subscriber", "caller", "callee"];

/** The roles of WELCOME: the union of all features, each announced by who provides it. */
export function announce(all: readonly RoleFeatures[]): WelcomeDetails["roles"] {
  const role = (name: RouterRole): { features: Record<string, boolean> } => {
    const features: Record<string, boolean> = {};
    for (const provided of all) Object.assign(features, provided[name]);
    return { features };
  };
  return { broker: role("broker"), dealer: role("dealer") };
}
