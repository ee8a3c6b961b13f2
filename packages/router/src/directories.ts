import type { Id } from "@kreuz/codec";
import type { Broker } from "./broker.js";
import type { Dealer } from "./dealer.js";
import type { Directory } from "./plugin.js";
import type { RegistrationInfo, SubscriptionInfo } from "./realm-events.js";
import type { Session } from "./session.js";

/** The broker's subscriptions as plugins see them. */
export function subscriptionDirectory(broker: Broker): Directory<SubscriptionInfo> {
  return {
    list: () => [...broker.subscriptions.byId.values()],
    get: (id) => broker.subscriptions.byId.get(id),
    lookup: (uri, match) => broker.subscriptions.index.get(uri, match),
    match: (uri) => broker.subscriptions.index.all(uri),
    members: (id) => idsOf(broker.subscriptions.byId.get(id)?.subscribers),
  };
}

/** The dealer's registrations as plugins see them. */
export function registrationDirectory(dealer: Dealer): Directory<RegistrationInfo> {
  return {
    list: () => [...dealer.registrations.byId.values()],
    get: (id) => dealer.registrations.byId.get(id),
    lookup: (uri, match) => dealer.registrations.index.get(uri, match),
    match: (uri) => {
      const best = dealer.match(uri);
      return best === undefined ? [] : [best];
    },
    members: (id) => dealer.registrations.byId.get(id)?.callees.map(({ session }) => session.id),
  };
}

function idsOf(sessions: Iterable<Session> | undefined): readonly Id[] | undefined {
  return sessions === undefined ? undefined : Array.from(sessions, (session) => session.id);
}
