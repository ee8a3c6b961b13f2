import type { Id, MatchPolicy, Uri } from "@kreuz/codec";
import type { SubscriptionInfo } from "../plugin/realm-events.js";
import { highestScoring } from "../matching/rendezvous.js";
import type { Session } from "../session/session.js";

/** One topic or pattern and its subscribers. They share its id, so that an event is encoded once for all of them. */
export class Subscription implements SubscriptionInfo {
  readonly id: Id;
  readonly uri: Uri;
  readonly match: MatchPolicy;
  readonly created: number;
  readonly subscribers: Set<Session> = new Set();
  /** Node keys of the subscribers that share the topic's events (spec: "Sharded Subscription"). */
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
   * The receivers of an event with this resource key: every subscriber without a node key, and the node that the key
   * belongs to. Without a resource key, all subscribers.
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
