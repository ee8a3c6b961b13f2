import type { Id, MatchPolicy, Uri } from "@kreuz/codec";
import type { SubscriptionInfo } from "../plugin/realm-events.js";
import { highestScoring } from "../matching/rendezvous.js";
import type { Session } from "../session/session.js";

/** One topic or pattern, and all who subscribed to it: they share the id, so that an event is encoded once for them. */
export class Subscription implements SubscriptionInfo {
  readonly id: Id;
  readonly uri: Uri;
  readonly match: MatchPolicy;
  readonly created: number;
  readonly subscribers: Set<Session> = new Set();
  /** Node keys of those that share the events of the topic (spec: "Sharded Subscription"). */
  #shards: Map<Session, string> | undefined;

  constructor(id: Id, uri: Uri, match: MatchPolicy, created: number) {
    this.id = id;
    this.uri = uri;
    this.match = match;
    this.created = created;
  }

  add(session: Session, nkey: string | undefined): void {
    this.subscribers.add(session);
    if (nkey !== undefined) (this.#shards ??= new Map()).set(session, nkey);
    else this.#shards?.delete(session);
  }

  remove(session: Session): void {
    this.subscribers.delete(session);
    this.#shards?.delete(session);
  }

  /**
   * Those who get an event with this resource key: everybody without a node key, and of the nodes the one that the key
   * belongs to. Without resource key: everybody.
   */
  receivers(rkey: string | undefined): Iterable<Session> {
    const shards = this.#shards;
    if (rkey === undefined || shards === undefined || shards.size === 0) return this.subscribers;
    const chosen = highestScoring(new Set(shards.values()), (nkey) => nkey, rkey);
    return [...this.subscribers].filter((session) => {
      const nkey = shards.get(session);
      return nkey === undefined || nkey === chosen;
    });
  }
}
