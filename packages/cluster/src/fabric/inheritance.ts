import type { NodeId } from "../bus.js";
import type { Link } from "../link/link.js";
import type { Links } from "../link/links.js";
import type { Membership, Predecessor } from "../membership/membership.js";
import type { ClusterRealm } from "./cluster-realm.js";

export interface InheritanceOptions {
  readonly node: NodeId;
  readonly links: Links;
  readonly membership: Membership;
  readonly realms: ReadonlyMap<number, ClusterRealm>;
}

/** What nodes do for each other when one is dead: which one inherits from this one, and from which ones this one does. */
export class Inheritance {
  readonly #options: InheritanceOptions;
  /** The processes of the other nodes. */
  readonly #processes = new Map<NodeId, string>();
  #heir: NodeId | undefined;

  constructor(options: InheritanceOptions) {
    this.#options = options;
  }

  /** The node that inherits from this one. */
  get heir(): NodeId | undefined {
    return this.#heir;
  }

  /** The next node by name that can be reached inherits from this one, for as long as it can be reached. */
  choose(): void {
    const { node, links } = this.#options;
    if (this.#heir !== undefined && links.get(this.#heir)?.up === true) return;
    const names = [...links].filter(({ up }) => up).map((link) => link.node);
    names.sort();
    const heir = names.find((name) => name > node) ?? names[0];
    if (heir === undefined) return;
    this.#heir = heir;
    void this.#entrust(links.get(heir)!);
  }

  /** Whoever inherited before does so until the next one has everything. */
  async #entrust(link: Link): Promise<void> {
    const { realms, membership } = this.#options;
    await Promise.all(Array.from(realms.values(), (realm) => realm.entrust(link)));
    if (this.#heir === link.node && link.up) membership.heir = link.node;
  }

  /**
   * A node has said which process it is. It may be another one than before, which nobody had declared dead.
   *
   * @param before - the one before it, as it found that at the referee.
   * @returns whether it is another one.
   */
  met(node: NodeId, process: unknown, before: Predecessor | undefined): boolean {
    if (typeof process !== "string") return false;
    const known = this.#processes.get(node);
    this.#processes.set(node, process);
    if (known === undefined || known === process) return false;
    this.#ended(node, before?.process === known && before.heir === this.#options.node);
    return true;
  }

  /** @param heir - the node that inherits from it. */
  died(node: NodeId, heir: NodeId | undefined): void {
    this.#processes.delete(node);
    this.#ended(node, heir === this.#options.node);
  }

  #ended(node: NodeId, isHeir: boolean): void {
    for (const realm of [...this.#options.realms.values()]) realm.ended(node, isHeir);
  }
}
