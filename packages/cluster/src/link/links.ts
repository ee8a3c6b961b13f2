import type { Clock } from "@kreuz/codec";
import type { Logger } from "@kreuz/router";
import type { Bus, BusHandler, NodeId } from "../bus.js";
import { ByteReader, WireError } from "../wire/byte-reader.js";
import type { ByteWriter } from "../wire/byte-writer.js";
import { Broadcast } from "./broadcast.js";
import { epochBefore, incarnationOf } from "./epochs.js";
import { LinkMessageType, readBroadcastHead } from "./link-messages.js";
import { Link, type LinkContext, type LinkHandler } from "./link.js";
import type { LinkSettings } from "./link-settings.js";

/** A node that was declared dead may wake up for so long, in milliseconds, and is told so. */
const KEEP_DEAD = 3_600_000;

/** What the links of a node need. */
export interface LinksOptions {
  readonly node: NodeId;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: LinkSettings;
  readonly handler: LinkHandler;
  /** Calls back at the end of the current turn of the event loop. */
  readonly endOfTurn: (callback: () => void) => void;
  /** Another node remembers a later incarnation of this one; {@link Links.renew} with a higher one. */
  readonly outlived: (incarnation: number) => void;
}

/** The links of one node to all others, over one bus. */
export class Links implements BusHandler {
  readonly #options: LinksOptions;
  readonly #context: LinkContext;
  readonly #links = new Map<NodeId, Link>();
  /** The incarnations that were declared dead, which are not listened to, and since when. */
  readonly #dead = new Map<NodeId, { readonly incarnation: number; readonly since: number }>();
  readonly #touched = new Set<Link>();
  readonly #broadcast: Broadcast;
  #flushing = false;
  #connected = false;
  #epoch = 0;
  #nextTick = 0;
  #stopTicks = (): void => {};

  constructor(options: LinksOptions) {
    this.#options = options;
    const { bus, clock, logger, settings, handler } = options;
    this.#context = {
      clock,
      logger,
      settings,
      handler,
      maxBytes: bus.maxBytes,
      nextEpoch: () => ++this.#epoch,
      window: () => Math.min(settings.window, Math.floor(settings.windowOfAll / Math.max(1, this.#links.size))),
      send: (to, message) => {
        if (this.#connected) bus.send(to, message);
      },
      touched: (link) => this.#touch(link),
      outlived: (epoch) => options.outlived(incarnationOf(epoch)),
    };
    this.#broadcast = new Broadcast(bus.maxBytes, settings.batch, (message) => {
      if (this.#connected) bus.broadcast(message);
    });
  }

  /** Starts under an incarnation. Nodes are greeted once they are known, see {@link greet}. */
  async open(incarnation: number): Promise<void> {
    this.#epoch = epochBefore(incarnation);
    this.#tickLater();
    await this.#options.bus.open(this);
  }

  /** Whether the bus is connected. */
  get connected(): boolean {
    return this.#connected;
  }

  get(node: NodeId): Link | undefined {
    return this.#links.get(node);
  }

  [Symbol.iterator](): IterableIterator<Link> {
    return this.#links.values();
  }

  /** A node exists: makes the link to it, unless there is one. */
  greet(node: NodeId): void {
    if (node === this.#options.node || this.#links.has(node)) return;
    const link = new Link(node, this.#context);
    this.#links.set(node, link);
    link.tick();
  }

  /** A node is dead: ends the link. An incarnation after this one is listened to again. */
  forget(node: NodeId, incarnation: number, reason: string): void {
    const now = this.#options.clock.monotonic();
    for (const [name, { since }] of this.#dead) if (now - since > KEEP_DEAD) this.#dead.delete(name);
    this.#dead.set(node, { incarnation: Math.max(incarnation, this.#dead.get(node)?.incarnation ?? 0), since: now });
    const link = this.#links.get(node);
    if (link === undefined || link.incarnation > incarnation) return;
    this.#links.delete(node);
    this.#touched.delete(link);
    link.close(reason);
  }

  /** Goes on as a new incarnation. */
  renew(incarnation: number): void {
    this.#epoch = Math.max(this.#epoch, epochBefore(incarnation));
    for (const link of [...this.#links.values()]) link.renew();
  }

  /** Starts a frame for several nodes; {@link endBroadcast} ends it. It goes to those whose links are up and have room. */
  beginBroadcast(type: number, targets: readonly Link[]): ByteWriter | undefined {
    this.#schedule();
    return this.#broadcast.begin(type, targets);
  }

  endBroadcast(): void {
    this.#broadcast.end();
  }

  /** Sends what was gathered in this turn. */
  flush(): void {
    this.#flushing = false;
    this.#broadcast.flush();
    for (const link of this.#touched) link.flush();
    this.#touched.clear();
  }

  async close(reason: string): Promise<void> {
    this.flush();
    this.#stopTicks();
    for (const link of this.#links.values()) link.close(reason);
    this.#links.clear();
    this.#connected = false;
    await this.#options.bus.close();
  }

  onMessage(from: NodeId, message: Uint8Array): void {
    if (from === this.#options.node) return;
    this.greet(from);
    const link = this.#links.get(from)!;
    if (this.#isOfTheDead(from, message)) return;
    if (message[0] === LinkMessageType.BROADCAST) this.#onBroadcast(link, message);
    else link.receive(message);
  }

  onState(connected: boolean): void {
    if (connected === this.#connected) return;
    if (!connected) for (const link of this.#links.values()) link.reset("the connection to the bus was lost");
    this.#connected = connected;
    if (connected) for (const link of this.#links.values()) link.tick();
  }

  onUnreachable(node: NodeId): void {
    this.#links.get(node)?.reset("nobody receives what is sent to the node");
  }

  #onBroadcast(link: Link, message: Uint8Array): void {
    try {
      const reader = new ByteReader(message, 1);
      const progress = readBroadcastHead(reader, this.#options.node);
      if (progress !== undefined) link.broadcast(progress, reader.rest());
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      link.reset(error.message);
    }
  }

  /** Who was declared dead and lives is told so, in case its record does not tell it; until then, nobody takes its word. */
  #isOfTheDead(node: NodeId, message: Uint8Array): boolean {
    const dead = this.#dead.get(node)?.incarnation;
    const isGreeting = message[0] === LinkMessageType.HELLO || message[0] === LinkMessageType.WELCOME;
    if (dead === undefined || !isGreeting || message.length < 17) return false;
    const reader = new ByteReader(message, 1);
    if (incarnationOf(reader.float()) > dead) return false;
    const known = incarnationOf(reader.float());
    // Each may take the other for dead. Without this, neither would hear what the other one answers.
    if (known > incarnationOf(this.#epoch)) this.#options.outlived(known);
    else if (message[0] === LinkMessageType.HELLO) this.#links.get(node)?.answerDead(epochBefore(dead + 1));
    return true;
  }

  #touch(link: Link): void {
    if (this.#broadcast.names(link)) this.#broadcast.flush();
    this.#touched.add(link);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    this.#options.endOfTurn(() => this.flush());
  }

  #tickLater(): void {
    const { clock, settings } = this.#options;
    this.#nextTick = clock.monotonic() + settings.beat;
    this.#stopTicks = clock.schedule(settings.beat, () => this.#tick());
  }

  #tick(): void {
    const { clock, settings } = this.#options;
    const late = clock.monotonic() - this.#nextTick;
    this.#tickLater();
    for (const link of [...this.#links.values()]) {
      if (late >= settings.lateness) link.excuse();
      link.tick();
    }
  }
}
