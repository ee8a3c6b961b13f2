import type { Dict } from "@kreuz/codec";
import type { RegistrationInfo, SubscriptionInfo } from "@kreuz/router";

/** `SubscriptionDetails` (spec: "wamp.subscription.on_create"). Written out key by key, so that nothing else can leak. */
export function subscriptionDetails({ id, created, uri, match }: SubscriptionInfo): Dict {
  return { id, created: new Date(created).toISOString(), uri, match };
}

/** `RegistrationDetails` (spec: "wamp.registration.on_create"). */
export function registrationDetails(registration: RegistrationInfo): Dict {
  return { ...subscriptionDetails(registration), invoke: registration.invoke };
}
