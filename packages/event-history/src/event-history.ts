import { ErrorUri, MetaProcedure, WampError } from "@kreuz/codec";
import { CallResult, type Plugin, type ProcedureCall, type RealmContext, type SubscriptionInfo } from "@kreuz/router";
import { History } from "./history.js";
import { historyQuery } from "./history-query.js";
import { settingsOf, type EventHistoryOptions } from "./options.js";
import { Recorder } from "./recorder.js";

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
