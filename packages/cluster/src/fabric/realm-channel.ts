import type { NodeId } from "../bus.js";
import type { Link } from "../link/link.js";
import type { Links } from "../link/links.js";
import type { Need } from "../link/outgoing.js";
import type { ByteWriter } from "../wire/byte-writer.js";

/** To so many nodes a frame goes one by one. */
const UNICASTS = 2;

/** Sends frames of one realm to the nodes that serve it. */
export class RealmChannel {
  readonly #number: number;
  readonly #links: Links;
  readonly #serves: (node: NodeId) => boolean;

  constructor(number: number, links: Links, serves: (node: NodeId) => boolean) {
    this.#number = number;
    this.#links = links;
    this.#serves = serves;
  }

  /** The links to nodes that serve the realm and can be reached. */
  present(): readonly Link[] {
    const present: Link[] = [];
    for (const link of this.#links) if (link.up && this.#serves(link.node)) present.push(link);
    return present;
  }

  /** Tells all of them. @returns those that it was sent to. */
  tell(type: number, write: (to: ByteWriter) => void): readonly Link[] {
    return this.send(this.present(), type, "necessary", write);
  }

  /** Sends a frame to some of them. @returns those that it was sent to. */
  send(links: readonly Link[], type: number, need: Need, write: (to: ByteWriter) => void): readonly Link[] {
    if (links.length > UNICASTS && need === "optional") {
      const writer = this.#links.beginBroadcast(type, links);
      if (writer === undefined) return [];
      writer.number(this.#number);
      write(writer);
      this.#links.endBroadcast();
      return links;
    }
    return links.filter((link) => this.#write(link, type, need, write));
  }

  /** Sends a frame to one node. @returns false when it could not be sent. */
  sendTo(node: NodeId, type: number, need: Need, write: (to: ByteWriter) => void): boolean {
    const link = this.#links.get(node);
    return link !== undefined && this.#write(link, type, need, write);
  }

  /** Whether a node can be sent anything. */
  reaches(node: NodeId): boolean {
    return this.#links.get(node)?.up === true;
  }

  #write(link: Link, type: number, need: Need, write: (to: ByteWriter) => void): boolean {
    const writer = link.begin(type, need);
    if (writer === undefined) return false;
    writer.number(this.#number);
    write(writer);
    link.end();
    return true;
  }
}
