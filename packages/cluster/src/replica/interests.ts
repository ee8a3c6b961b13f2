import type { Id, MatchPolicy, Uri } from "@kreuz/codec";
import { PatternIndex, type SubscriptionInfo } from "@kreuz/router";
import type { NodeId } from "../bus.js";

/** What a node says about a subscription that its sessions have. */
export interface NodeInterest extends SubscriptionInfo {
  readonly nodeKeys: readonly string[];
  /** A session that has it. */
  readonly session: Id;
}

/** A subscription, and the other nodes whose sessions have it. */
class Interest implements SubscriptionInfo {
  readonly id: Id;
  readonly uri: Uri;
  readonly match: MatchPolicy;
  readonly nodes: Map<NodeId, NodeInterest> = new Map();

  constructor({ id, uri, match }: SubscriptionInfo) {
    this.id = id;
    this.uri = uri;
    this.match = match;
  }

  get created(): number {
    let created = Infinity;
    for (const interest of this.nodes.values()) created = Math.min(created, interest.created);
    return created;
  }
}

/** Which other nodes want which events, in one realm. */
export class Interests {
  readonly #index = new PatternIndex<Interest>();
  readonly #byId = new Map<Id, Interest>();

  get size(): number {
    return this.#byId.size;
  }

  /** @returns whether no other node had it. */
  set(node: NodeId, wanted: NodeInterest): boolean {
    const known = this.#byId.get(wanted.id);
    const interest = known ?? new Interest(wanted);
    interest.nodes.set(node, wanted);
    if (known !== undefined) return false;
    this.#byId.set(wanted.id, interest);
    this.#index.set(wanted.uri, wanted.match, interest);
    return true;
  }

  /** @returns what the node said about it, and whether it was the last one; `undefined` when it had none. */
  delete(node: NodeId, id: Id): { readonly interest: NodeInterest; readonly last: boolean } | undefined {
    const known = this.#byId.get(id);
    const interest = known?.nodes.get(node);
    if (known === undefined || interest === undefined) return undefined;
    known.nodes.delete(node);
    const last = known.nodes.size === 0;
    if (last) {
      this.#byId.delete(id);
      this.#index.delete(known.uri, known.match);
    }
    return { interest, last };
  }

  get(id: Id): SubscriptionInfo | undefined {
    return this.#byId.get(id);
  }

  find(uri: Uri, match: MatchPolicy): SubscriptionInfo | undefined {
    return this.#index.get(uri, match);
  }

  [Symbol.iterator](): IterableIterator<SubscriptionInfo> {
    return this.#byId.values();
  }

  /** The subscriptions that a topic matches. */
  matching(topic: Uri): readonly SubscriptionInfo[] {
    return this.#index.all(topic);
  }

  /** The nodes that have a subscription. */
  nodesOf(id: Id): Iterable<NodeId> {
    return this.#byId.get(id)?.nodes.keys() ?? [];
  }

  /** The nodes that want the events of a topic. */
  nodesFor(topic: Uri): ReadonlySet<NodeId> {
    const nodes = new Set<NodeId>();
    for (const interest of this.#index.all(topic)) for (const node of interest.nodes.keys()) nodes.add(node);
    return nodes;
  }

  *nodeKeys(id: Id): Iterable<string> {
    for (const { nodeKeys } of this.#byId.get(id)?.nodes.values() ?? []) yield* nodeKeys;
  }
}
