import { ErrorUri, MetaProcedure, MetaTopic, type Dict, type Uri } from "@kreuz/codec";
import type { Plugin, RealmContext, RegistrationInfo, SessionInfo, SubscriptionInfo } from "@kreuz/router";
import {
  DirectoryProcedures,
  isRouterProcedure,
  withoutRouterProcedures,
  type DirectoryTerms,
} from "./directory-procedures.js";

/**
 * The Registration Meta API and the Subscription Meta API (spec: "Registration Meta API", "Subscriptions Meta API"):
 * events and procedures about who registers and who subscribes to what. The router publishes and answers them itself, in
 * the same realm, under the same permissions as any other URI.
 */
export function registryMeta(): Plugin {
  return {
    name: "registry-meta",
    features: { broker: { subscription_meta_api: true }, dealer: { registration_meta_api: true } },
    setup(realm) {
      publishRegistrationEvents(realm);
      registerRegistrationProcedures(realm);
      publishSubscriptionEvents(realm);
      registerSubscriptionProcedures(realm);
    },
  };
}

const SUBSCRIPTION_TERMS: DirectoryTerms = {
  entry: "subscription",
  uri: "topic",
  member: "subscriber",
  missing: ErrorUri.NO_SUCH_SUBSCRIPTION,
};

function publishSubscriptionEvents(realm: RealmContext): void {
  const publish = metaPublisher(realm);
  realm.on("subscriptionCreated", (subscription, { session }) =>
    publish(MetaTopic.SUBSCRIPTION_ON_CREATE, session, subscriptionDetails(subscription)),
  );
  realm.on("subscriberAdded", ({ id }, { session }) => publish(MetaTopic.SUBSCRIPTION_ON_SUBSCRIBE, session, id));
  realm.on("subscriberRemoved", ({ id }, { session }) => publish(MetaTopic.SUBSCRIPTION_ON_UNSUBSCRIBE, session, id));
  realm.on("subscriptionDeleted", ({ id }, { session }) => publish(MetaTopic.SUBSCRIPTION_ON_DELETE, session, id));
}

function registerSubscriptionProcedures(realm: RealmContext): void {
  const subscriptions = new DirectoryProcedures(realm.subscriptions, realm.sessions, SUBSCRIPTION_TERMS);
  realm.procedure(MetaProcedure.SUBSCRIPTION_LIST, (call) => subscriptions.list(call));
  realm.procedure(MetaProcedure.SUBSCRIPTION_LOOKUP, (call) => subscriptions.lookup(call));
  // An event goes to every subscription that matches.
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

const REGISTRATION_TERMS: DirectoryTerms = {
  entry: "registration",
  uri: "procedure",
  member: "callee",
  missing: ErrorUri.NO_SUCH_REGISTRATION,
};

function publishRegistrationEvents(realm: RealmContext): void {
  const publish = metaPublisher(realm);
  const onCreate = (registration: RegistrationInfo, { session }: SessionInfo): void => {
    if (!isRouterProcedure(registration))
      publish(MetaTopic.REGISTRATION_ON_CREATE, session, registrationDetails(registration));
  };
  const withId = (topic: Uri) => (registration: RegistrationInfo, session: SessionInfo) => {
    if (!isRouterProcedure(registration)) publish(topic, session.session, registration.id);
  };
  realm.on("registrationCreated", onCreate);
  realm.on("calleeAdded", withId(MetaTopic.REGISTRATION_ON_REGISTER));
  realm.on("calleeRemoved", withId(MetaTopic.REGISTRATION_ON_UNREGISTER));
  realm.on("registrationDeleted", withId(MetaTopic.REGISTRATION_ON_DELETE));
}

function registerRegistrationProcedures(realm: RealmContext): void {
  const directory = withoutRouterProcedures(realm.registrations);
  const registrations = new DirectoryProcedures(directory, realm.sessions, REGISTRATION_TERMS);
  realm.procedure(MetaProcedure.REGISTRATION_LIST, (call) => registrations.list(call));
  realm.procedure(MetaProcedure.REGISTRATION_LOOKUP, (call) => registrations.lookup(call));
  // A call goes to one registration: the best match.
  realm.procedure(MetaProcedure.REGISTRATION_MATCH, async (call) => (await registrations.match(call))[0]?.id ?? null);
  realm.procedure(MetaProcedure.REGISTRATION_GET, async (call) => registrationDetails(await registrations.get(call)));
  realm.procedure(MetaProcedure.REGISTRATION_LIST_CALLEES, (call) => registrations.members(call));
  realm.procedure(MetaProcedure.REGISTRATION_COUNT_CALLEES, async (call) => (await registrations.members(call)).length);
  realm.procedure(MetaProcedure.REGISTRATION_REMOVE_CALLEE, (call) => registrations.remove(call));
}

/** `SubscriptionDetails` (spec: "wamp.subscription.on_create"). Lists the keys one by one, so that no other key leaks. */
export function subscriptionDetails({ id, created, uri, match }: SubscriptionInfo): Dict {
  return { id, created: new Date(created).toISOString(), uri, match };
}

/** `RegistrationDetails` (spec: "wamp.registration.on_create"). */
export function registrationDetails(registration: RegistrationInfo): Dict {
  return { ...subscriptionDetails(registration), invoke: registration.invoke };
}

/** Publishes meta events, except while the realm closes: then all sessions leave, and none needs to hear of the others. */
function metaPublisher(realm: RealmContext): (topic: Uri, ...args: readonly unknown[]) => void {
  return (topic, ...args) => {
    if (!realm.signal.aborted) realm.publish(topic, { args });
  };
}
