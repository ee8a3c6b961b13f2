import type { Clock } from "@kreuz/codec";
import type { NodeId } from "../bus.js";
import type { Link } from "../link/link.js";
import { FrameType } from "./frames.js";
import type { RealmChannel } from "./realm-channel.js";

/** How long a barrier waits at most, in milliseconds. A node that is slower learns later. */
const PATIENCE = 250;

interface Barrier {
  readonly nodes: Set<NodeId>;
  readonly pass: () => void;
}

/** Waits until other nodes have dealt with what was sent to them. */
export class Barriers {
  readonly #clock: Clock;
  readonly #channel: RealmChannel;
  readonly #barriers = new Map<number, Barrier>();
  #lastNumber = 0;

  constructor(clock: Clock, channel: RealmChannel) {
    this.#clock = clock;
    this.#channel = channel;
  }

  get size(): number {
    return this.#barriers.size;
  }

  /**
   * @param links - to the nodes that are waited for: by default, all that can be reached.
   * @returns `undefined` when there are none.
   */
  raise(links: readonly Link[] = this.#channel.present()): Promise<void> | undefined {
    const number = ++this.#lastNumber;
    const nodes = new Set<NodeId>();
    for (const link of links) {
      const streamed = this.#channel.streamed(link);
      if (streamed === undefined ? this.#send(link, number) : link.up) nodes.add(link.node);
      void streamed?.then(() => this.#barriers.has(number) && this.#send(link, number));
    }
    if (nodes.size === 0) return undefined;
    return new Promise((resolve) => {
      const pass = (): void => {
        cancel();
        this.#barriers.delete(number);
        resolve();
      };
      const cancel = this.#clock.schedule(PATIENCE, pass);
      this.#barriers.set(number, { nodes, pass });
    });
  }

  #send(link: Link, number: number): boolean {
    return this.#channel.sendTo(link.node, FrameType.BARRIER, "necessary", (to) => to.number(number));
  }

  passed(node: NodeId, number: number): void {
    const barrier = this.#barriers.get(number);
    if (barrier?.nodes.delete(node) === true && barrier.nodes.size === 0) barrier.pass();
  }

  /** A node cannot be reached any more: nobody waits for it. */
  lost(node: NodeId): void {
    for (const number of [...this.#barriers.keys()]) this.passed(node, number);
  }
}
