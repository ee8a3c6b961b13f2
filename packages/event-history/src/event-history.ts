import { ConfigError, ErrorUri, isPatternUri, MetaProcedure, WampError } from "@kreuz/codec";
import { choice, flag, integer, list, options, value } from "@kreuz/codec/options";
import {
  CallResult,
  definePlugin,
  QueryPace,
  type PluginExtension,
  type ProcedureCall,
  type RealmContext,
  type SubscriptionInfo,
} from "@kreuz/router";
import type { OpenEventStore } from "./event-store.js";
import { History } from "./history.js";
import { historyQuery } from "./history-query.js";
import { memoryStore } from "./memory-event-store.js";
import { Recorder, type HistoryTopic } from "./recorder.js";

export type { HistoryTopic } from "./recorder.js";

/** Settings of {@link eventHistory}. */
export interface EventHistoryOptions {
  /** Topics to record; publications to other topics are not stored. */
  readonly topics: readonly HistoryTopic[];
  /** Opens the store of a realm. Default: `memoryStore()`. */
  readonly store?: OpenEventStore;
  /**
   * In a cluster, lets each node keep the publications that it accepted itself, in a store of its own: what a reader gets
   * depends on its node. Default false: such a store is an error there.
   */
  readonly perNode?: boolean;
  /** Maximum number of events in one result, and the default of `limit`. Default 1000. */
  readonly maxLimit?: number;
  /** Maximum bytes of the events in one result, roughly; a result has at least one event. Default 1 048 576. */
  readonly maxResultBytes?: number;
  /** Queries that one session may have under way; further ones are refused. Default 32. */
  readonly maxQueriesPerSession?: number;
  /** Number of publications that may wait for a slow store; further ones are not stored. Default 10 000. */
  readonly maxPending?: number;
}

/**
 * Event history (spec: "Event History"): stores the publications to some topics, and returns them to sessions that may
 * subscribe to these topics.
 *
 * @throws ConfigError that names the wrong option.
 */
export const eventHistory: PluginExtension<EventHistoryOptions> = definePlugin({
  name: "event-history",
  options: options({
    topics: list(
      options({
        uri: value("a URI", (given): given is string => typeof given === "string").describe("A topic or a pattern."),
        match: choice("exact", "prefix", "wildcard").default("exact").describe("Match policy."),
      }),
    ).describe("Topics to record; publications to other topics are not stored."),
    store: value("a store", (given): given is OpenEventStore => typeof given === "function")
      .default(memoryStore())
      .describe("Where the events are kept. Default: in memory."),
    perNode: flag().default(false).describe("In a cluster, each node may keep only what was published there."),
    maxLimit: integer(1).default(1000).describe("Max events in one result."),
    maxResultBytes: integer(1)
      .default(1024 * 1024)
      .describe("Max bytes of the events in one result, roughly."),
    maxQueriesPerSession: integer(1).default(32).describe("Queries that one session may have under way."),
    maxPending: integer(1).default(10_000).describe("Publications that may wait for a slow store."),
  }),
  slots: { store: "event-store" },
  example: { topics: [{ uri: "com.example.news" }] },
  create: (settings) => {
    for (const [index, topic] of settings.topics.entries()) checkTopic(topic, index);
    return {
      features: { broker: { event_history: true } },
      async setup(realm) {
        const store = await settings.store(realm);
        realm.defer(() => store.close());
        if (realm.clustered && store.shared !== true && !settings.perNode)
          throw new ConfigError(
            "event-history.store",
            `realm "${realm.uri}" is served by several nodes, and this store keeps only what is published at its own; use one that all nodes share, such as @kreuz/cluster-nats/event-store, or set perNode: true`,
          );
        const recorder = new Recorder(store, realm, settings);
        const history = new History(store, settings);
        const pace = new QueryPace(realm, settings.maxQueriesPerSession);
        realm.on("publicationAccepted", (publication) => recorder.record(publication));
        realm.procedure(MetaProcedure.SUBSCRIPTION_GET_EVENTS, (call) => {
          const query = historyQuery(call);
          const { caller: reader } = call;
          return pace.run(reader.session, async (work) => {
            const subscription = await subscriptionFor(realm, call, query.subscription);
            const account = realm.account(reader.session);
            const { events, more } = await history.query(subscription, query, { reader, account, work });
            return new CallResult({ args: events, kwargs: { more } });
          });
        });
      },
    };
  },
});

/**
 * Finds a subscription that the caller may hold; it need not be subscribed. What it may not hold is answered like what does
 * not exist, so that nobody can find out which topics there are.
 *
 * @throws WampError `wamp.error.no_such_subscription`
 */
async function subscriptionFor(realm: RealmContext, { caller }: ProcedureCall, id: number): Promise<SubscriptionInfo> {
  const missing = new WampError(ErrorUri.NO_SUCH_SUBSCRIPTION, `no subscription ${id} that this session may hold`);
  const subscription = await realm.subscriptions.get(id);
  if (subscription === undefined) throw missing;
  const { uri, match } = subscription;
  // Sessions inside the router's process need no permission.
  if ((await realm.sessions.get(caller.session)) === undefined) return subscription;
  const verdict = await realm.authorize(caller, { type: "subscribe", uri, match });
  if (verdict instanceof WampError) throw missing;
  return subscription;
}

function checkTopic({ uri, match }: Required<HistoryTopic>, index: number): void {
  if (!isPatternUri(uri, match))
    throw new ConfigError(
      `event-history.topics[${index}].uri`,
      `"${uri}" is not a valid URI for match policy ${match}`,
    );
}
