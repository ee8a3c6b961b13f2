import type { Id, MatchPolicy, Uri } from "@kreuz/codec";
import type { SubscriptionInfo } from "./realm-events.js";
import type { Session } from "./session.js";

/** One topic or pattern, and all who subscribed to it: they share the id, so that an event is encoded once for them. */
export class Subscription implements SubscriptionInfo {
  readonly id: Id;
  readonly uri: Uri;
  readonly match: MatchPolicy;
  readonly created: number;
  readonly subscribers: Set<Session> = new Set();

  constructor(id: Id, uri: Uri, match: MatchPolicy, created: number) {
    this.id = id;
    this.uri = uri;
    this.match = match;
    this.created = created;
  }
}
