import type { NodeId } from "../bus.js";
import type { ClusterServices } from "./cluster-services.js";
import type { Link } from "../link/link.js";
import type { Links } from "../link/links.js";
import type { Need } from "../link/outgoing.js";
import { wait } from "../wait.js";
import type { ByteWriter } from "../wire/byte-writer.js";

/** To so many nodes a frame goes one by one. */
const UNICASTS = 2;
/** A stream looks so much later whether there is room again, in milliseconds. */
const PACE = 20;

/** A frame that is still to be written. */
export interface UnwrittenFrame {
  readonly type: number;
  readonly write: (to: ByteWriter) => void;
}

/** Sends frames of one realm to the nodes that serve it. */
export class RealmChannel {
  readonly #number: number;
  readonly #services: ClusterServices;
  readonly #links: Links;
  readonly #serves: (node: NodeId) => boolean;
  /** The last stream of each link. */
  readonly #streams = new Map<Link, Promise<void>>();
  #ended = false;

  /** @param serves - whether a node serves the realm. */
  constructor(number: number, services: ClusterServices, serves: (node: NodeId) => boolean) {
    this.#number = number;
    this.#services = services;
    this.#links = services.links;
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

  /**
   * Sends many frames to one node: over several turns, as it can take them, and after those of streams before.
   *
   * @returns a promise that settles when all are sent, or the link is down.
   */
  stream(link: Link, frames: Iterable<UnwrittenFrame>): Promise<void> {
    const { life } = link;
    const isOver = (): boolean => this.#ended || !link.up || link.life !== life;
    const before = this.#streams.get(link);
    const go = (): Promise<void> => this.#pump(link, frames, isOver).catch((error: unknown) => link.fail(error));
    const stream = before === undefined ? go() : before.then(go);
    this.#streams.set(link, stream);
    const forget = (): boolean => this.#streams.get(link) === stream && this.#streams.delete(link);
    void stream.then(forget);
    return stream;
  }

  /** Settles when what is streamed to a node now is sent; `undefined` when nothing is. */
  streamed(link: Link): Promise<void> | undefined {
    return this.#streams.get(link);
  }

  /** This node leaves the realm: what is still to be streamed is not sent. */
  endStreams(): void {
    this.#ended = true;
  }

  async #pump(link: Link, frames: Iterable<UnwrittenFrame>, isOver: () => boolean): Promise<void> {
    const { clock, perTurn } = this.#services;
    const unwritten = frames[Symbol.iterator]();
    for (let left = perTurn; ; left--) {
      // Before the next one is asked for: while this waits, what it would be about may end.
      while (!isOver() && (left === 0 || !link.hasRoom)) {
        await wait(clock, link.hasRoom ? 0 : PACE);
        left = perTurn;
      }
      const next = isOver() ? undefined : unwritten.next();
      if (next === undefined || next.done === true) return;
      this.#write(link, next.value.type, "necessary", next.value.write);
    }
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
