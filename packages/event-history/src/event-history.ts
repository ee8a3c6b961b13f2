import { ConfigError, ErrorUri, isPatternUri, MetaProcedure, WampError } from "@kreuz/codec";
import { CallResult, type Plugin, type ProcedureCall, type RealmContext, type SubscriptionInfo } from "@kreuz/router";
import type { OpenEventStore } from "./event-store.js";
import { History, type HistoryLimits } from "./history.js";
import { historyQuery } from "./history-query.js";
import { memoryStore } from "./memory-event-store.js";
import { Recorder, type HistoryTopic, type RecorderSettings } from "./recorder.js";

export type { HistoryTopic } from "./recorder.js";

export interface EventHistoryOptions {
  /** Which topics; publications to others are not kept. */
  readonly topics: readonly HistoryTopic[];
  /** Where they are kept. Default: in memory, see `memoryStore`. */
  readonly store?: OpenEventStore;
  /** Most events in one result, also when the caller asks for more or does not say. Default 1000. */
  readonly maxLimit?: number;
  /** A result ends, one event at least, when its events take that many bytes, roughly. Default 1 MiB. */
  readonly maxResultBytes?: number;
  /** Publications that may wait for a slow store; further ones are not kept. Default 10,000. */
  readonly maxPending?: number;
}

/**
 * Event history (spec: "Event History"): keeps what is published to some topics, and gives it to those who may
 * subscribe to them.
 *
 * @throws ConfigError when an option is wrong.
 */
export function eventHistory(options: EventHistoryOptions): Plugin {
  const settings = settingsOf(options);
  return {
    name: "event-history",
    features: { broker: { event_history: true } },
    async setup(realm) {
      const store = await settings.store(realm);
      realm.defer(() => store.close());
      const recorder = new Recorder(store, realm, settings);
      const history = new History(store, settings, realm.clock);
      realm.on("publicationAccepted", (publication) => recorder.record(publication));
      realm.procedure(MetaProcedure.SUBSCRIPTION_GET_EVENTS, async (call) => {
        const query = historyQuery(call);
        const subscription = await subscriptionFor(realm, call, query.subscription);
        const { events, more } = await history.query(subscription, query, call.caller);
        return new CallResult({ args: events, kwargs: { more } });
      });
    },
  };
}

/**
 * The subscription, if the caller may subscribe like that; it need not hold it.
 * @throws WampError
 */
async function subscriptionFor(realm: RealmContext, { caller }: ProcedureCall, id: number): Promise<SubscriptionInfo> {
  const subscription = await realm.subscriptions.get(id);
  if (subscription === undefined)
    throw new WampError(ErrorUri.NO_SUCH_SUBSCRIPTION, `there is no subscription ${id} in this realm`);
  const { uri, match } = subscription;
  // Sessions inside the router's process are trusted with whatever they do: no authorizer is asked.
  if ((await realm.sessions.get(caller.session)) === undefined) return subscription;
  const verdict = await realm.authorize(caller, { type: "subscribe", uri, match });
  if (verdict instanceof WampError) throw verdict;
  return subscription;
}

interface Settings extends HistoryLimits, RecorderSettings {
  readonly store: OpenEventStore;
}

/** Fills in the defaults. @throws ConfigError that names what is wrong. */
function settingsOf(options: EventHistoryOptions): Settings {
  const { store = memoryStore(), maxLimit = 1000, maxResultBytes = 1024 * 1024, maxPending = 10_000 } = options;
  for (const [name, value] of Object.entries({ maxLimit, maxResultBytes, maxPending }))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new ConfigError(`eventHistory.${name}`, `expected a positive integer, got ${String(value)}`);
  return { topics: options.topics.map(checkTopic), store, maxLimit, maxResultBytes, maxPending };
}

function checkTopic({ uri, match = "exact" }: HistoryTopic, index: number): Required<HistoryTopic> {
  if (!isPatternUri(uri, match))
    throw new ConfigError(`eventHistory.topics[${index}].uri`, `"${uri}" is not a valid URI to match ${match}`);
  return { uri, match };
}
