import { ErrorUri, MetaProcedure, MetaTopic } from "@kreuz/codec";
import type { RealmContext } from "@kreuz/router";
import { subscriptionDetails } from "./details.js";
import { DirectoryProcedures } from "./directory-procedures.js";
import { metaPublisher } from "./meta-publisher.js";

const TERMS = { entry: "subscription", uri: "topic", member: "subscriber", missing: ErrorUri.NO_SUCH_SUBSCRIPTION };

/** The Subscription Meta API (spec: "Subscriptions Meta API") and `wamp.subscription.remove_subscriber`. */
export function offerSubscriptionMeta(realm: RealmContext): void {
  publishEvents(realm);
  offerProcedures(realm);
}

function publishEvents(realm: RealmContext): void {
  const publish = metaPublisher(realm);
  realm.on("subscriptionCreated", (subscription, { session }) =>
    publish(MetaTopic.SUBSCRIPTION_ON_CREATE, session, subscriptionDetails(subscription)),
  );
  realm.on("subscriberAdded", ({ id }, { session }) => publish(MetaTopic.SUBSCRIPTION_ON_SUBSCRIBE, session, id));
  realm.on("subscriberRemoved", ({ id }, { session }) => publish(MetaTopic.SUBSCRIPTION_ON_UNSUBSCRIBE, session, id));
  realm.on("subscriptionDeleted", ({ id }, { session }) => publish(MetaTopic.SUBSCRIPTION_ON_DELETE, session, id));
}

function offerProcedures(realm: RealmContext): void {
  const subscriptions = new DirectoryProcedures(realm.subscriptions, realm.sessions, TERMS);
  realm.procedure(MetaProcedure.SUBSCRIPTION_LIST, (call) => subscriptions.list(call));
  realm.procedure(MetaProcedure.SUBSCRIPTION_LOOKUP, (call) => subscriptions.lookup(call));
  // All of them, since an event goes to all; null when there is none.
  realm.procedure(MetaProcedure.SUBSCRIPTION_MATCH, async (call) => {
    const ids = (await subscriptions.match(call)).map(({ id }) => id);
    return ids.length === 0 ? null : ids;
  });
  realm.procedure(MetaProcedure.SUBSCRIPTION_GET, async (call) => subscriptionDetails(await subscriptions.get(call)));
  realm.procedure(MetaProcedure.SUBSCRIPTION_LIST_SUBSCRIBERS, (call) => subscriptions.members(call));
  realm.procedure(
    MetaProcedure.SUBSCRIPTION_COUNT_SUBSCRIBERS,
    async (call) => (await subscriptions.members(call)).length,
  );
  realm.procedure(MetaProcedure.SUBSCRIPTION_REMOVE_SUBSCRIBER, (call) => subscriptions.remove(call));
}
