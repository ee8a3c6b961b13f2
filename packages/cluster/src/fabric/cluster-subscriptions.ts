import type { Id, MatchPolicy, Uri } from "@kreuz/codec";
import type { Answer, Directory, SubscriptionInfo } from "@kreuz/router";
import type { Interests } from "../replica/interests.js";
import { andThen, type OtherSessions } from "./cluster-sessions.js";

/** The subscriptions of all nodes in one realm. Who has one is asked of the nodes that do. */
export class ClusterSubscriptions implements Directory<SubscriptionInfo> {
  readonly #own: Directory<SubscriptionInfo>;
  readonly #interests: Interests;
  readonly #others: OtherSessions;

  constructor(own: Directory<SubscriptionInfo>, interests: Interests, others: OtherSessions) {
    this.#own = own;
    this.#interests = interests;
    this.#others = others;
  }

  list(): Answer<readonly SubscriptionInfo[]> {
    return andThen(this.#own.list(), (own) => merge(own, this.#interests));
  }

  get(id: Id): Answer<SubscriptionInfo | undefined> {
    return andThen(this.#own.get(id), (own) => older(own, this.#interests.get(id)));
  }

  lookup(uri: Uri, match: MatchPolicy): Answer<SubscriptionInfo | undefined> {
    return andThen(this.#own.lookup(uri, match), (own) => older(own, this.#interests.find(uri, match)));
  }

  match(uri: Uri): Answer<readonly SubscriptionInfo[]> {
    return andThen(this.#own.match(uri), (own) => merge(own, this.#interests.matching(uri)));
  }

  members(id: Id): Answer<readonly Id[] | undefined> {
    const nodes = [...this.#interests.nodesOf(id)];
    const own = this.#own.members(id);
    if (nodes.length === 0) return own;
    return this.#gather(nodes, id, own);
  }

  remove(id: Id, session: Id, reason?: string): Answer<boolean> {
    const node = this.#others.find(session)?.node;
    if (node === undefined) return this.#own.remove(id, session, reason);
    return this.#others
      .ask(node, "revokeSubscriber", { id, session, ...(reason === undefined ? {} : { reason }) })
      .then((answer) => answer === true);
  }

  async #gather(nodes: readonly string[], id: Id, own: Answer<readonly Id[] | undefined>): Promise<readonly Id[]> {
    const asked = nodes.map((node) => this.#others.ask(node, "members", { id }));
    const answers = await Promise.all([own, ...asked]);
    return answers.flatMap((answer) => (answer as readonly Id[] | undefined) ?? []);
  }
}

/** Both nodes have it: it was created when the first one got it. */
function older(own: SubscriptionInfo | undefined, other: SubscriptionInfo | undefined): SubscriptionInfo | undefined {
  if (own === undefined || other === undefined) return own ?? other;
  return own.created <= other.created ? own : other;
}

function merge(own: readonly SubscriptionInfo[], others: Iterable<SubscriptionInfo>): readonly SubscriptionInfo[] {
  const merged = new Map(own.map((subscription) => [subscription.id, subscription]));
  for (const other of others) merged.set(other.id, older(merged.get(other.id), other)!);
  return [...merged.values()];
}
