import type { Uri, UriRule } from "@kreuz/codec";
import type { Logger } from "@kreuz/router";
import type { NodeId } from "../bus.js";

/**
 * Nodes that serve a realm under another rule for URIs than this one. Such a node would send what this one does not take for
 * a URI, so they do not work together there.
 */
export class UriRules {
  readonly #node: NodeId;
  readonly #logger: Logger;
  readonly #refused = new Map<NodeId, ReadonlyMap<Uri, string>>();

  constructor(node: NodeId, logger: Logger) {
    this.#node = node;
    this.#logger = logger;
  }

  /** What differs, for people. */
  get problems(): readonly string[] {
    return [...this.#refused.values()].flatMap((problems) => [...problems.values()]);
  }

  /**
   * A node has said what its rules are.
   * @param rules - the rule of each realm, as the node wrote it.
   * @param realms - the realms of this node.
   */
  heard(node: NodeId, rules: unknown, realms: Iterable<{ readonly uri: Uri; readonly uriRule: UriRule }>): void {
    const refused = new Map<Uri, string>();
    if (typeof rules === "object" && rules !== null)
      for (const { uri, uriRule } of realms) {
        const theirs = (rules as Readonly<Record<Uri, unknown>>)[uri];
        if (theirs === undefined || theirs === uriRule) continue;
        const problem = `node "${node}" serves realm "${uri}" with uriRule ${String(theirs)}, node "${this.#node}" with ${uriRule}: they do not work together there; give both the same uriRule`;
        refused.set(uri, problem);
        this.#logger.error({ node: this.#node, peer: node, realm: uri }, problem);
      }
    if (refused.size > 0) this.#refused.set(node, refused);
    else this.#refused.delete(node);
  }

  /** Whether this node and another one do not work together in a realm. */
  refuse(node: NodeId, realm: Uri): boolean {
    return this.#refused.get(node)?.has(realm) === true;
  }

  /** A node has left. */
  left(node: NodeId): void {
    this.#refused.delete(node);
  }
}
