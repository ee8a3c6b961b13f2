import type { FabricRealm, RealmRules } from "@kreuz/router";
import type { NodeId } from "../bus.js";

/** What the names of {@link RealmRules} are for people. */
const NAMES: Readonly<Record<keyof RealmRules, string>> = { roles: "roles", permissions: "permissions" };

/**
 * Compares what decides about requests in a realm here with what the other nodes say. Nodes that differ work together: while
 * a config is rolled out, they have to.
 */
export class Disagreements {
  readonly #realm: FabricRealm;
  readonly #node: NodeId;
  readonly #theirs = new Map<NodeId, RealmRules>();
  /** What each node has different. */
  readonly #found = new Map<NodeId, string>();

  constructor(realm: FabricRealm, node: NodeId) {
    this.#realm = realm;
    this.#node = node;
  }

  /** Nodes that differ. */
  get size(): number {
    return this.#found.size;
  }

  /** What differs, for people. */
  get warnings(): readonly string[] {
    return Array.from(this.#found, ([peer, differs]) => this.#describe(peer, differs));
  }

  /** A node has said what its rules are. */
  heard(peer: NodeId, rules: RealmRules): void {
    this.#theirs.set(peer, rules);
    this.#compare(peer, rules);
  }

  /** A node has left. */
  left(peer: NodeId): void {
    this.#theirs.delete(peer);
    this.#found.delete(peer);
  }

  /** The rules of this node changed. */
  changed(): void {
    for (const [peer, rules] of this.#theirs) this.#compare(peer, rules);
  }

  #compare(peer: NodeId, theirs: RealmRules): void {
    const { rules: own, logger, uri: realm } = this.#realm;
    const names = (Object.keys(NAMES) as (keyof RealmRules)[]).filter(
      (name) => own[name] !== undefined && theirs[name] !== undefined && own[name] !== theirs[name],
    );
    const differs = names.map((name) => NAMES[name]).join(" and ");
    if (differs === (this.#found.get(peer) ?? "")) return;
    if (differs === "") {
      this.#found.delete(peer);
      logger.info({ node: this.#node, peer, realm }, "the nodes have the same roles and permissions again");
    } else {
      this.#found.set(peer, differs);
      logger.warn({ node: this.#node, peer, realm, differs }, this.#describe(peer, differs));
    }
  }

  #describe(peer: NodeId, differs: string): string {
    return `nodes "${this.#node}" and "${peer}" have different ${differs} in realm "${this.#realm.uri}": what a client may do depends on its node; give both the same config`;
  }
}
