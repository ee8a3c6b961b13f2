import type { Clock } from "@kreuz/codec";
import type { Bus, BusHandler, NodeId } from "../bus.js";

/** What may happen to messages. Durations in milliseconds; chances from 0 to 1. */
export interface NetworkFaults {
  /** Each message takes between `least` and `most`. */
  readonly delay?: { readonly least: number; readonly most: number };
  /** The chance of each message to be lost. */
  readonly loss?: number;
}

export interface MemoryNetworkOptions {
  readonly clock: Clock;
  /** Numbers from 0 to below 1, for delays and losses. Default: `Math.random`. */
  readonly random?: () => number;
  /** The longest message, in bytes. Default: 1 MiB, as NATS has it. */
  readonly maxBytes?: number;
}

/**
 * Buses inside one process, for tests and simulations: first in, first out for each pair of nodes, and as unreliable as a test
 * wants them to be.
 */
export class MemoryNetwork {
  readonly clock: Clock;
  readonly maxBytes: number;
  readonly #random: () => number;
  readonly #buses = new Map<NodeId, MemoryBus>();
  readonly #gone = new Map<NodeId, MemoryBus>();
  /** Pairs of nodes between which everything is lost, by sender and receiver. */
  readonly #cut = new Set<string>();
  #faults: NetworkFaults = {};
  #lost = 0;

  constructor({ clock, random = Math.random, maxBytes = 1024 * 1024 }: MemoryNetworkOptions) {
    this.clock = clock;
    this.maxBytes = maxBytes;
    this.#random = random;
  }

  /** Messages that were lost so far. */
  get lost(): number {
    return this.#lost;
  }

  /** The bus of one node. A node that starts again under its name takes the place of the one before. */
  bus(node: NodeId): Bus {
    const bus = new MemoryBus(this, node);
    this.#buses.set(node, bus);
    return bus;
  }

  /** Sets what happens to messages from now on. Nothing by default: they arrive at once. */
  disturb(faults: NetworkFaults): void {
    this.#faults = faults;
  }

  /** Loses everything from one node to another, in this direction, until {@link join}. */
  cut(from: NodeId, to: NodeId): void {
    this.#cut.add(pair(from, to));
  }

  join(from: NodeId, to: NodeId): void {
    this.#cut.delete(pair(from, to));
  }

  /** Whether a node is connected. While it is not, it neither sends nor receives, and is told so. */
  connect(node: NodeId, connected: boolean): void {
    this.#buses.get(node)?.connect(connected);
  }

  /** @internal */
  names(): Iterable<NodeId> {
    return this.#buses.keys();
  }

  /** @internal */
  leave(node: NodeId, bus: MemoryBus): void {
    if (this.#buses.get(node) !== bus) return;
    this.#buses.delete(node);
    this.#gone.set(node, bus);
  }

  /** @internal */
  carry(from: MemoryBus, to: NodeId, message: Uint8Array): void {
    const { delay, loss = 0 } = this.#faults;
    const target = this.#buses.get(to);
    if (target === undefined) {
      this.#lost++;
      // Not before what the node sent while it was there.
      const last = this.#gone.get(to)?.lastArrival.get(from.node) ?? 0;
      this.clock.schedule(Math.max(0, last - this.clock.monotonic()), () => from.handler?.onUnreachable(to));
      return;
    }
    const key = pair(from.node, to);
    if (this.#cut.has(key) || !from.connected || !target.connected || this.#random() < loss) {
      this.#lost++;
      return;
    }
    const copy = new Uint8Array(message);
    const now = this.clock.monotonic();
    const wait = delay === undefined ? 0 : delay.least + Math.floor(this.#random() * (delay.most - delay.least + 1));
    const arrival = Math.max(now + wait, from.lastArrival.get(to) ?? 0);
    from.lastArrival.set(to, arrival);
    this.clock.schedule(arrival - now, () => {
      if (this.#buses.get(to) === target && target.connected) target.handler?.onMessage(from.node, copy);
      else this.#lost++;
    });
  }
}

class MemoryBus implements Bus {
  readonly node: NodeId;
  readonly maxBytes: number;
  readonly #network: MemoryNetwork;
  /** When the last message to a node arrives: none may overtake it, except for those of a node's next life. */
  readonly lastArrival: Map<NodeId, number> = new Map();
  handler: BusHandler | undefined;
  connected = true;

  constructor(network: MemoryNetwork, node: NodeId) {
    this.#network = network;
    this.node = node;
    this.maxBytes = network.maxBytes;
  }

  async open(handler: BusHandler): Promise<void> {
    this.handler = handler;
    handler.onState(this.connected);
  }

  connect(connected: boolean): void {
    this.connected = connected;
    this.handler?.onState(connected);
  }

  send(to: NodeId, message: Uint8Array): void {
    if (message.length > this.maxBytes)
      throw new RangeError(`a message has ${message.length} bytes, the bus takes at most ${this.maxBytes}`);
    if (this.handler !== undefined) this.#network.carry(this, to, message);
  }

  broadcast(message: Uint8Array): void {
    for (const node of [...this.#network.names()]) if (node !== this.node) this.send(node, message);
  }

  async close(): Promise<void> {
    this.handler = undefined;
    this.#network.leave(this.node, this);
  }
}

function pair(from: NodeId, to: NodeId): string {
  return `${from}>${to}`;
}
