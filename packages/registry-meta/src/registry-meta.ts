import { ErrorUri, MetaProcedure, MetaTopic, type Dict, type Uri } from "@kreuz/codec";
import type { Plugin, RealmContext, RegistrationInfo, SessionInfo, SubscriptionInfo } from "@kreuz/router";
import { DirectoryProcedures, isOwn, withoutOwn } from "./directory-procedures.js";

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

const SUBSCRIPTION_TERMS = {
  entry: "subscription",
  uri: "topic",
  member: "subscriber",
  missing: ErrorUri.NO_SUCH_SUBSCRIPTION,
};

/** The Subscription Meta API (spec: "Subscriptions Meta API") and `wamp.subscription.remove_subscriber`. */
function offerSubscriptionMeta(realm: RealmContext): void {
  publishSubscriptionEvents(realm);
  offerSubscriptionProcedures(realm);
}

function publishSubscriptionEvents(realm: RealmContext): void {
  const publish = metaPublisher(realm);
  realm.on("subscriptionCreated", (subscription, { session }) =>
    publish(MetaTopic.SUBSCRIPTION_ON_CREATE, session, subscriptionDetails(subscription)),
  );
  realm.on("subscriberAdded", ({ id }, { session }) => publish(MetaTopic.SUBSCRIPTION_ON_SUBSCRIBE, session, id));
  realm.on("subscriberRemoved", ({ id }, { session }) => publish(MetaTopic.SUBSCRIPTION_ON_UNSUBSCRIBE, session, id));
  realm.on("subscriptionDeleted", ({ id }, { session }) => publish(MetaTopic.SUBSCRIPTION_ON_DELETE, session, id));
}

function offerSubscriptionProcedures(realm: RealmContext): void {
  const subscriptions = new DirectoryProcedures(realm.subscriptions, realm.sessions, SUBSCRIPTION_TERMS);
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

const REGISTRATION_TERMS = {
  entry: "registration",
  uri: "procedure",
  member: "callee",
  missing: ErrorUri.NO_SUCH_REGISTRATION,
};

/** The Registration Meta API (spec: "Registration Meta API") and `wamp.registration.remove_callee`. */
function offerRegistrationMeta(realm: RealmContext): void {
  publishRegistrationEvents(realm);
  offerRegistrationProcedures(realm);
}

function publishRegistrationEvents(realm: RealmContext): void {
  const publish = metaPublisher(realm);
  const about =
    (tell: (registration: RegistrationInfo, session: SessionInfo) => void) =>
    (registration: RegistrationInfo, session: SessionInfo): void => {
      if (!isOwn(registration)) tell(registration, session);
    };
  const { REGISTRATION_ON_CREATE, REGISTRATION_ON_REGISTER, REGISTRATION_ON_UNREGISTER, REGISTRATION_ON_DELETE } =
    MetaTopic;
  realm.on(
    "registrationCreated",
    about((registration, { session }) => publish(REGISTRATION_ON_CREATE, session, registrationDetails(registration))),
  );
  realm.on(
    "calleeAdded",
    about(({ id }, { session }) => publish(REGISTRATION_ON_REGISTER, session, id)),
  );
  realm.on(
    "calleeRemoved",
    about(({ id }, { session }) => publish(REGISTRATION_ON_UNREGISTER, session, id)),
  );
  realm.on(
    "registrationDeleted",
    about(({ id }, { session }) => publish(REGISTRATION_ON_DELETE, session, id)),
  );
}

function offerRegistrationProcedures(realm: RealmContext): void {
  const registrations = new DirectoryProcedures(withoutOwn(realm.registrations), realm.sessions, REGISTRATION_TERMS);
  realm.procedure(MetaProcedure.REGISTRATION_LIST, (call) => registrations.list(call));
  realm.procedure(MetaProcedure.REGISTRATION_LOOKUP, (call) => registrations.lookup(call));
  // The best one or null: a call goes to one registration.
  realm.procedure(MetaProcedure.REGISTRATION_MATCH, async (call) => (await registrations.match(call))[0]?.id ?? null);
  realm.procedure(MetaProcedure.REGISTRATION_GET, async (call) => registrationDetails(await registrations.get(call)));
  realm.procedure(MetaProcedure.REGISTRATION_LIST_CALLEES, (call) => registrations.members(call));
  realm.procedure(MetaProcedure.REGISTRATION_COUNT_CALLEES, async (call) => (await registrations.members(call)).length);
  realm.procedure(MetaProcedure.REGISTRATION_REMOVE_CALLEE, (call) => registrations.remove(call));
}

/** `SubscriptionDetails` (spec: "wamp.subscription.on_create"). Written out key by key, so that nothing else can leak. */
export function subscriptionDetails({ id, created, uri, match }: SubscriptionInfo): Dict {
  return { id, created: new Date(created).toISOString(), uri, match };
}

/** `RegistrationDetails` (spec: "wamp.registration.on_create"). */
export function registrationDetails(registration: RegistrationInfo): Dict {
  return { ...subscriptionDetails(registration), invoke: registration.invoke };
}

/** Publishes a meta event with these positional arguments. */
type PublishMeta = (topic: Uri, ...args: readonly unknown[]) => void;

/** Meta events of a realm. A realm that closes ends its sessions one after the other: those still there are spared it. */
function metaPublisher(realm: RealmContext): PublishMeta {
  return (topic, ...args) => {
    if (!realm.signal.aborted) realm.publish(topic, { args });
  };
}
