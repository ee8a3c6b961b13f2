/** How much there is in a realm at this moment. All zero when everybody has left: nothing may stay behind. */
export interface RealmCounts {
  readonly sessions: number;
  readonly localSessions: number;
  readonly subscriptions: number;
  readonly registrations: number;
  /** Calls without an answer. */
  readonly pendingCalls: number;
  /** Those of them that wait for a callee with time. */
  readonly waitingCalls: number;
  /** Sessions that hold a subscription, a registration or the record of a call. */
  readonly holders: number;
  readonly retainedTopics: number;
}
