import { FakeClock } from "@kreuz/testkit";
import { silentLogger } from "@kreuz/router";
import type { Bus, NodeId } from "../bus.js";
import { DEFAULT_LINK_SETTINGS, type LinkSettings } from "../link/link-settings.js";
import type { Link } from "../link/link.js";
import { Links } from "../link/links.js";
import type { Need } from "../link/outgoing.js";
import { MemoryNetwork } from "../memory/memory-network.js";
import type { ByteReader } from "../wire/byte-reader.js";
import { SimulatedProcess } from "./process.js";
import { seededRandom } from "./seeded-random.js";

/** Small bounds, so that short runs reach them. */
export const SMALL: LinkSettings = {
  ...DEFAULT_LINK_SETTINGS,
  window: 8 * 1024,
  windowOfAll: 24 * 1024,
  most: 32 * 1024,
  batch: 512,
  piece: 2048,
  longest: 16 * 1024,
};

const FRAME = 7;

/** One time for which a link was up at one end: what was sent and what came. */
interface Period {
  readonly id: number;
  readonly from: NodeId;
  readonly to: NodeId;
  sent: number;
  received: number;
  /** The stamp of the last frame that came: broadcasts and others have one order. */
  stamp: number;
  /** The period of the other end that frames came from. */
  partner: number | undefined;
  open: boolean;
}

/** One life of a node, and its links. */
class LinkNode {
  readonly name: NodeId;
  readonly process: SimulatedProcess;
  readonly links: Links;
  readonly periods: Map<NodeId, Period> = new Map();
  /** Frames that take long are dealt with later. */
  slow = false;
  incarnation: number;

  constructor(world: LinkWorld, name: NodeId, incarnation: number, wrap: (bus: Bus) => Bus) {
    this.name = name;
    this.incarnation = incarnation;
    this.process = new SimulatedProcess(world.clock);
    this.links = new Links({
      node: name,
      bus: wrap(this.process.bus(world.network.bus(name))),
      clock: this.process.clock,
      logger: {
        ...silentLogger,
        error: (fields, message) => world.fail(`${message}: ${String((fields as { error: unknown }).error)}`),
      },
      settings: SMALL,
      handler: {
        about: () => Uint8Array.of(1, 2, 3),
        up: (link) => world.up(this, link),
        down: (link) => world.down(this, link),
        frame: (link, type, body) => world.frame(this, link, type, body),
      },
      endOfTurn: (callback) => void this.process.clock.schedule(0, callback),
      outlived: (known) => this.links.renew((this.incarnation = known + 1)),
    });
  }
}

/**
 * Nodes with nothing but links, over a network that is disturbed, and what must hold of them: frames arrive once and in
 * order, a loss is always noticed, links come up again, and no link carries more than it may.
 */
export class LinkWorld {
  readonly clock: FakeClock = new FakeClock(1_700_000_000_000);
  readonly network: MemoryNetwork;
  readonly names: readonly NodeId[];
  readonly #nodes = new Map<NodeId, LinkNode>();
  readonly #periods = new Map<number, Period>();
  readonly #problems: string[] = [];
  readonly #wrap: (bus: Bus) => Bus;
  #incarnations = 0;
  /** Resets since the last fault, by node and peer. */
  readonly #resets = new Map<string, number>();
  #messages = 0;
  #stamps = 0;

  constructor(names: readonly NodeId[], seed: number, wrap: (bus: Bus) => Bus = (bus) => bus) {
    this.names = names;
    this.#wrap = wrap;
    this.network = new MemoryNetwork({ clock: this.clock, random: seededRandom(seed), maxBytes: 4096 });
    for (const name of names) this.start(name);
  }

  node(name: NodeId): LinkNode {
    return this.#nodes.get(name)!;
  }

  /** What went wrong so far. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  fail(problem: string): void {
    this.#problems.push(`${this.clock.now() - 1_700_000_000_000} ms: ${problem}`);
  }

  /** Starts a node, or starts it again after a crash. */
  start(name: NodeId, incarnation: number = ++this.#incarnations): void {
    const before = this.#nodes.get(name);
    before?.process.kill();
    for (const period of before?.periods.values() ?? []) period.open = false;
    const counted = (bus: Bus): Bus => ({
      ...this.#wrap(bus),
      send: (to, message) => (this.#messages++, this.#wrap(bus).send(to, message)),
    });
    const node = new LinkNode(this, name, incarnation, counted);
    this.#nodes.set(name, node);
    void node.links.open(node.incarnation);
    for (const other of this.names) node.links.greet(other);
  }

  /** Kills a node. */
  stop(name: NodeId): void {
    this.node(name).process.kill();
    void this.node(name).links.close("killed");
  }

  send(from: NodeId, to: NodeId, bytes: number, need: Need): void {
    const node = this.node(from);
    if (node.process.paused) return;
    const writer = node.links.get(to)?.begin(FRAME, need);
    if (writer === undefined) return;
    this.#write(
      node,
      to,
      bytes,
      (value) => writer.number(value),
      (data) => writer.data(data),
    );
    node.links.get(to)!.end();
  }

  /** Sends to all at once. */
  broadcast(from: NodeId, bytes: number): void {
    const node = this.node(from);
    if (node.process.paused) return;
    const writer = node.links.beginBroadcast(FRAME + 1, [...node.links]);
    if (writer === undefined) return;
    writer.number(++this.#stamps);
    writer.data(new Uint8Array(bytes));
    node.links.endBroadcast();
  }

  #write(
    node: LinkNode,
    to: NodeId,
    bytes: number,
    number: (value: number) => void,
    data: (value: Uint8Array) => void,
  ): void {
    const period = node.periods.get(to);
    if (period === undefined) return this.fail(`${node.name} can send to ${to} while the link is not up`);
    number(++this.#stamps);
    number(period.id);
    number(++period.sent);
    data(new Uint8Array(bytes).fill(period.sent));
  }

  up(node: LinkNode, { node: peer }: Link): void {
    const id = this.#periods.size + 1;
    const period = { id, from: node.name, to: peer, sent: 0, received: 0, stamp: 0, partner: undefined, open: true };
    this.#periods.set(id, period);
    node.periods.set(peer, period);
    // As a snapshot would.
    this.send(node.name, peer, 100, "necessary");
  }

  down(node: LinkNode, { node: peer }: Link): void {
    const period = node.periods.get(peer);
    if (period === undefined) return this.fail(`${node.name}: the link to ${peer} is down and was not up`);
    period.open = false;
    node.periods.delete(peer);
    const key = `${node.name}>${peer}`;
    this.#resets.set(key, (this.#resets.get(key) ?? 0) + 1);
  }

  frame(node: LinkNode, { node: peer }: Link, type: number, body: ByteReader): Promise<void> | undefined {
    this.#stamped(node, peer, body.number());
    if (type === FRAME) this.#received(node, peer, body);
    if (!node.slow) return undefined;
    return new Promise((resolve) => node.process.clock.schedule(20, resolve));
  }

  #stamped(node: LinkNode, peer: NodeId, stamp: number): void {
    const period = node.periods.get(peer);
    if (period === undefined) return this.fail(`${node.name}: a frame of ${peer} came while the link was not up`);
    if (stamp <= period.stamp) this.fail(`${peer} to ${node.name}: frame ${stamp} came after ${period.stamp}`);
    period.stamp = stamp;
  }

  #received(node: LinkNode, peer: NodeId, body: ByteReader): void {
    const [id, number, data] = [body.number(), body.number(), body.data()];
    const period = node.periods.get(peer);
    const partner = this.#periods.get(id)!;
    const where = `${peer} to ${node.name}, period ${id}`;
    if (period === undefined) return this.fail(`${where}: a frame came while the link was not up`);
    if (partner.from !== peer || partner.to !== node.name) this.fail(`${where}: a frame of another link came`);
    if (period.partner !== undefined && period.partner !== id) this.fail(`${where}: frames of two periods came in one`);
    if (partner.partner !== undefined && partner.partner !== period.id)
      this.fail(`${where}: the ends do not agree on the period`);
    period.partner = id;
    if (number !== period.received + 1) this.fail(`${where}: frame ${number} came after ${period.received}`);
    if (data.some((byte) => byte !== number % 256)) this.fail(`${where}: frame ${number} has other bytes`);
    period.received = number;
  }

  /** Lets time pass, in small steps: timers of all nodes take turns. */
  async run(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 10) {
      this.clock.advance(Math.min(10, left));
      await Promise.resolve();
      for (const node of this.#nodes.values())
        for (const link of node.links) {
          const { inFlight } = link.counts;
          if (inFlight > SMALL.most + SMALL.longest)
            this.fail(`${node.name} to ${link.node}: ${inFlight} bytes are on their way`);
        }
    }
  }

  /** Ends all faults, and checks what must hold a while later. */
  async heal(): Promise<void> {
    this.network.disturb({});
    for (const from of this.names) {
      for (const to of this.names) this.network.join(from, to);
      this.network.connect(from, true);
      const node = this.node(from);
      node.slow = false;
      if (node.process.paused) node.process.resume();
    }
    this.#resets.clear();
    // What is on its way belongs to the last fault, too.
    await this.run(900);
    this.#checkResets(4);
    this.#resets.clear();
    await this.run(12_000);
    this.#checkResets(1);
    this.#messages = 0;
    await this.run(10_000);
    this.#checkQuiet();
  }

  /** How often the links of a node were reset since the last fault. */
  resets(name: NodeId): number {
    let count = 0;
    for (const [key, resets] of this.#resets) if (key.startsWith(`${name}>`)) count += resets;
    return count;
  }

  #checkResets(most: number): void {
    for (const [key, resets] of this.#resets)
      if (resets > most) this.fail(`${key}: ${resets} resets after the last fault`);
  }

  #checkQuiet(): void {
    for (const node of this.#nodes.values())
      for (const peer of this.names) {
        if (peer === node.name) continue;
        const sender = node.periods.get(peer);
        const receiver = this.node(peer).periods.get(node.name);
        if (sender === undefined || receiver === undefined) this.fail(`${node.name} to ${peer}: the link is not up`);
        else if (sender.sent !== receiver.received || receiver.partner !== sender.id)
          this.fail(
            `${node.name} to ${peer}: ${sender.sent} frames were sent, ${receiver.received} came, and nobody noticed`,
          );
        const { inFlight = 0 } = node.links.get(peer)?.counts ?? {};
        if (inFlight > 0) this.fail(`${node.name} to ${peer}: ${inFlight} bytes are never acknowledged`);
      }
    const links = this.names.length * (this.names.length - 1);
    if (this.#messages > links * 11) this.fail(`${this.#messages} messages in ten quiet seconds over ${links} links`);
  }
}
