import type { Id } from "@kreuz/codec";
import type { Broker } from "../broker/broker.js";
import type { Dealer } from "../dealer/dealer.js";
import type { Directory } from "../plugin/plugin.js";
import type { RegistrationInfo, SubscriptionInfo } from "../plugin/realm-events.js";
import type { Session } from "../session/session.js";

/** The broker's subscriptions, as plugins see them. */
export function subscriptionDirectory(broker: Broker): Directory<SubscriptionInfo> {
  return {
    list: () => [...broker.subscriptions.byId.values()],
    get: (id) => broker.subscriptions.byId.get(id),
    lookup: (uri, match) => broker.subscriptions.index.get(uri, match),
    match: (uri) => broker.subscriptions.index.all(uri),
    members: (id) => idsOf(broker.subscriptions.byId.get(id)?.subscribers),
    remove(id, session, reason) {
      const subscription = broker.subscriptions.byId.get(id);
      const subscriber = find(subscription?.subscribers, session);
      if (subscription === undefined || subscriber === undefined) return false;
      broker.subscriptions.revoke(subscription, subscriber, reason);
      return true;
    },
  };
}

/** The dealer's registrations, as plugins see them. */
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
    remove(id, session, reason) {
      const registration = dealer.registrations.byId.get(id);
      const callee = registration?.callees.find((candidate) => candidate.session.id === session);
      if (registration === undefined || callee === undefined || callee.session.trusted) return false;
      if (callee.remote !== undefined) return callee.remote.revoke(id, reason);
      dealer.revoke(registration, callee.session, reason);
      return true;
    },
  };
}

function idsOf(sessions: Iterable<Session> | undefined): readonly Id[] | undefined {
  return sessions === undefined ? undefined : Array.from(sessions, (session) => session.id);
}

function find(sessions: Iterable<Session> | undefined, id: Id): Session | undefined {
  for (const session of sessions ?? []) if (session.id === id) return session;
  return undefined;
}
