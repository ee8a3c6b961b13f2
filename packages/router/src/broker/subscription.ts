import type { Id, MatchPolicy, Uri } from "@kreuz/codec";
import type { SubscriptionInfo } from "../plugin/realm-events.js";
import { hashOf, highestScoring } from "../matching/rendezvous.js";
import type { Session } from "../session/session.js";

/** One topic or pattern and its subscribers. They share its id, so that an event is encoded once for all of them. */
export class Subscription implements SubscriptionInfo {
  readonly id: Id;
  readonly uri: Uri;
  readonly match: MatchPolicy;
  readonly created: number;
  readonly subscribers: Set<Session> = new Set();
  /** Those of them that want the events of this node only. */
  #ofNode = 0;
  /** The subscribers that share the topic's events, with their nodes (spec: "Sharded Subscription"). */
  #shards: Shards | undefined;

  constructor(id: Id, uri: Uri, match: MatchPolicy, created: number) {
    this.id = id;
    this.uri = uri;
    this.match = match;
    this.created = created;
  }

  /** Whether any subscriber wants the events of all nodes. */
  get reachesRealm(): boolean {
    return this.subscribers.size > this.#ofNode;
  }

  /** The node keys of its subscribers, each once. */
  get nodeKeys(): readonly string[] {
    return this.#shards?.keys ?? [];
  }

  add(session: Session, nkey: string | undefined): void {
    if (session.reach === "node" && !this.subscribers.has(session)) this.#ofNode++;
    this.subscribers.add(session);
    this.#shards?.delete(session);
    if (nkey !== undefined) (this.#shards ??= new Shards()).add(session, nkey);
  }

  remove(session: Session): void {
    if (this.subscribers.delete(session) && session.reach === "node") this.#ofNode--;
    this.#shards?.delete(session);
  }

  /**
   * The receivers of an event with this resource key: every subscriber without a node key, and the node that the key
   * belongs to. Without a resource key, all subscribers.
   *
   * @param elsewhere - the node keys of subscribers that other routers have.
   */
  receivers(rkey: string | undefined, elsewhere?: Iterable<string>): Iterable<Session> {
    const shards = this.#shards;
    if (rkey === undefined || shards === undefined || shards.size === 0) return this.subscribers;
    const chosen = shards.choose(rkey, elsewhere);
    return [...this.subscribers].filter((session) => {
      const node = shards.nodeOf(session);
      return node === undefined || node === chosen;
    });
  }
}

/** One node of a sharded topic: the subscribers with the same key. */
interface Node {
  readonly nkey: string;
  readonly hash: number;
  subscribers: number;
}

/** The subscribers of one topic that have a node key. */
class Shards {
  readonly #nodes = new Map<string, Node>();
  readonly #bySession = new Map<Session, Node>();

  get size(): number {
    return this.#bySession.size;
  }

  get keys(): readonly string[] {
    return [...this.#nodes.keys()];
  }

  add(session: Session, nkey: string): void {
    const node = this.#nodes.get(nkey) ?? { nkey, hash: hashOf(nkey), subscribers: 0 };
    node.subscribers++;
    this.#nodes.set(nkey, node);
    this.#bySession.set(session, node);
  }

  delete(session: Session): void {
    const node = this.#bySession.get(session);
    if (node === undefined) return;
    this.#bySession.delete(session);
    if (--node.subscribers === 0) this.#nodes.delete(node.nkey);
  }

  nodeOf(session: Session): Node | undefined {
    return this.#bySession.get(session);
  }

  /** @returns `undefined` when the key belongs to a node of another router. */
  choose(rkey: string, elsewhere: Iterable<string> | undefined): Node | undefined {
    if (elsewhere === undefined) return highestScoring(this.#nodes.values(), ({ hash }) => hash, rkey);
    const others = Array.from(elsewhere, (nkey) => ({ nkey, hash: hashOf(nkey) }));
    const chosen = highestScoring([...this.#nodes.values(), ...others], ({ hash }) => hash, rkey);
    return chosen && this.#nodes.get(chosen.nkey);
  }
}
