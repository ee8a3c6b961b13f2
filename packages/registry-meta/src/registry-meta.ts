import type { Plugin } from "@kreuz/router";
import { offerRegistrationMeta } from "./registration-meta.js";
import { offerSubscriptionMeta } from "./subscription-meta.js";

/**
 * The Registration Meta API and the Subscription Meta API (spec: "Registration Meta API", "Subscriptions Meta API"):
 * who offers and who listens to what, as events and as procedures, made by the router itself, in the realm that they are
 * about, under the same permissions as any other URI.
 */
export function registryMeta(): Plugin {
  return {
    name: "registry-meta",
    features: { broker: { subscription_meta_api: true }, dealer: { registration_meta_api: true } },
    setup(realm) {
      offerRegistrationMeta(realm);
      offerSubscriptionMeta(realm);
    },
  };
}
