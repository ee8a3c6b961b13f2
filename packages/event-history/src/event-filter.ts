import { matchesPattern, ReceiverFilter, type SessionInfo, type SubscriptionInfo } from "@kreuz/router";
import type { KeptEvent } from "./event-store.js";
import type { HistoryQuery } from "./history-query.js";

/**
 * Which events a reader gets: those that the subscription covers, that all filters let through, and that the reader
 * would have received (spec: "Event History", Security Aspects).
 */
export function eventFilter(
  subscription: SubscriptionInfo,
  query: HistoryQuery,
  reader: SessionInfo,
): (event: KeptEvent) => boolean {
  const { uri, match } = subscription;
  const { topic, fromTime, afterTime, beforeTime, untilTime } = query;
  return ({ topic: published, published: time, restrictions }) =>
    matchesPattern(published, uri, match) &&
    (topic === undefined || published === topic) &&
    (fromTime === undefined || time >= fromTime) &&
    (afterTime === undefined || time > afterTime) &&
    (beforeTime === undefined || time < beforeTime) &&
    (untilTime === undefined || time <= untilTime) &&
    ReceiverFilter.of(restrictions)?.admits(reader) !== false;
}
