import { ErrorUri, isReservedUri, MetaProcedure, MetaTopic, type Dict, type Uri } from "@kreuz/codec";
import { choice, flag, integer, options } from "@kreuz/codec/options";
import {
  definePlugin,
  QueryPace,
  type PluginExtension,
  type RealmContext,
  type RegistrationInfo,
  type SessionInfo,
  type SubscriptionInfo,
} from "@kreuz/router";
import {
  DirectoryProcedures,
  isRouterProcedure,
  withoutRouterProcedures,
  type DirectoryRules,
  type DirectoryTerms,
} from "./directory-procedures.js";

/** Settings of {@link registryMeta}. */
export interface RegistryMetaOptions {
  /**
   * `all`: whoever may call a procedure of this API sees every entry. `reachable`: a caller sees the registrations that it
   * may call or register, and the subscriptions that it may subscribe to; others look as if they did not exist. Default
   * `all`.
   */
  readonly visibility?: "all" | "reachable";
  /**
   * Publishes meta events also about subscriptions to topics under `wamp.`, as the specification has it. Clients of
   * Crossbar.io and nexus do not expect an event about their own subscription to such events. Default false.
   */
  readonly strictMetaEvents?: boolean;
  /** Listings that one session may have under way; further ones are refused. Default 32. */
  readonly maxQueriesPerSession?: number;
}

/**
 * The Registration Meta API and the Subscription Meta API (spec: "Registration Meta API", "Subscriptions Meta API"):
 * events and procedures about who registers and who subscribes to what. The router publishes and answers them itself, in
 * the same realm, under the same permissions as any other URI.
 *
 * @throws ConfigError that names the wrong option.
 */
export const registryMeta: PluginExtension<RegistryMetaOptions> = definePlugin({
  name: "registry-meta",
  options: options({
    visibility: choice("all", "reachable")
      .default("all")
      .describe("all shows every entry to whoever may ask; reachable only what the caller may reach."),
    strictMetaEvents: flag()
      .default(false)
      .describe("Publishes meta events about subscriptions to topics under wamp., too, as the specification has it."),
    maxQueriesPerSession: integer(1)
      .default(32)
      .describe("Listings that one session may have under way; further ones are refused."),
  }),
  create: ({ visibility, strictMetaEvents, maxQueriesPerSession }) => ({
    features: { broker: { subscription_meta_api: true }, dealer: { registration_meta_api: true } },
    setup(realm) {
      const pace = new QueryPace(realm, maxQueriesPerSession);
      const rules: DirectoryRules = { pace, reachableOnly: visibility === "reachable" };
      publishRegistrationEvents(realm);
      registerRegistrationProcedures(realm, rules);
      publishSubscriptionEvents(realm, strictMetaEvents);
      registerSubscriptionProcedures(realm, rules);
    },
  }),
});

const SUBSCRIPTION_TERMS: DirectoryTerms = {
  entry: "subscription",
  uri: "topic",
  member: "subscriber",
  missing: ErrorUri.NO_SUCH_SUBSCRIPTION,
  reachedBy: ["subscribe"],
};

function publishSubscriptionEvents(realm: RealmContext, strict: boolean): void {
  const publish = metaPublisher(realm);
  // An event about a subscription to such events would reach this very subscription.
  const isSilent = ({ uri }: SubscriptionInfo): boolean => !strict && isReservedUri(uri);
  realm.on("subscriptionCreated", (subscription, { session }) => {
    if (!isSilent(subscription)) publish(MetaTopic.SUBSCRIPTION_ON_CREATE, session, subscriptionDetails(subscription));
  });
  // Other nodes know that somebody subscribes here, not who.
  const withId =
    (topic: Uri) =>
    (subscription: SubscriptionInfo, { session }: SessionInfo) => {
      if (!isSilent(subscription) && !realm.signal.aborted)
        realm.publish(topic, { args: [session, subscription.id] }, {}, "realm");
    };
  realm.on("subscriberAdded", withId(MetaTopic.SUBSCRIPTION_ON_SUBSCRIBE));
  realm.on("subscriberRemoved", withId(MetaTopic.SUBSCRIPTION_ON_UNSUBSCRIBE));
  realm.on("subscriptionDeleted", (subscription, { session }) => {
    if (!isSilent(subscription)) publish(MetaTopic.SUBSCRIPTION_ON_DELETE, session, subscription.id);
  });
}

function registerSubscriptionProcedures(realm: RealmContext, rules: DirectoryRules): void {
  const subscriptions = new DirectoryProcedures(realm.subscriptions, realm, SUBSCRIPTION_TERMS, rules);
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
  reachedBy: ["call", "register"],
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

function registerRegistrationProcedures(realm: RealmContext, rules: DirectoryRules): void {
  const directory = withoutRouterProcedures(realm.registrations);
  const registrations = new DirectoryProcedures(directory, realm, REGISTRATION_TERMS, rules);
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
