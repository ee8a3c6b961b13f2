import { readdir, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { isNodeName, type Bus, type BusHandler, type NodeId } from "@kreuz/cluster";
import type { Clock } from "@kreuz/codec";
import type { Logger } from "@kreuz/router";
import { framed, FrameReader } from "./frames.js";

export interface UnixBusOptions {
  /** An existing folder that only the user of the nodes can enter (mode 0700): whoever can enter it can speak as any node. */
  readonly folder: string;
  readonly node: NodeId;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What may wait for a node that does not read, in bytes; above it, messages are lost. Default 48 MiB. */
  readonly maxQueuedBytes?: number;
}

const MAX_BYTES = 1024 * 1024;
const MAX_QUEUED_BYTES = 48 * 1024 * 1024;
/** How long {@link UnixBus.open} waits for the nodes that it found, in milliseconds. A node that stands still does not answer. */
const GREETING_MS = 1000;
const SUFFIX = ".bus";

/** A node, and the socket that is written to. */
interface Peer {
  readonly socket: Socket;
  /** Messages were lost since it last kept up. */
  behind: boolean;
}

/**
 * A bus between processes of one machine. Each node listens on a socket in the folder, and sends to each other one over a
 * connection of its own, whose first frame says who sends. A connection that closes is a process that ended.
 */
export class UnixBus implements Bus {
  readonly maxBytes: number = MAX_BYTES;
  readonly #options: UnixBusOptions;
  readonly #maxQueuedBytes: number;
  readonly #server: Server;
  readonly #peers = new Map<NodeId, Peer>();
  /** The connections that are read from. */
  readonly #incoming = new Map<NodeId, Socket>();
  /** Sockets that have not said who they are. */
  readonly #strangers = new Set<Socket>();
  /** Called when a node has greeted, or cannot be reached. */
  readonly #waiting = new Map<NodeId, () => void>();
  #handler: BusHandler | undefined;

  constructor(options: UnixBusOptions) {
    this.#options = options;
    this.#maxQueuedBytes = options.maxQueuedBytes ?? MAX_QUEUED_BYTES;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  async open(handler: BusHandler): Promise<void> {
    this.#handler = handler;
    const { folder, node, logger } = this.#options;
    const path = this.#pathOf(node);
    // Of an earlier process of that name, which has ended.
    await rm(path, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(path, () => {
        this.#server.off("error", reject);
        this.#server.on("error", (error) =>
          logger.error({ error }, "the socket of this node cannot accept another one"),
        );
        resolve();
      });
    });
    const found = (await readdir(folder))
      .filter((name) => name.endsWith(SUFFIX))
      .map((name) => name.slice(0, -SUFFIX.length));
    await Promise.all(found.filter((name) => name !== node && isNodeName(name)).map((name) => this.#greet(name)));
    handler.onState(true);
  }

  send(to: NodeId, message: Uint8Array): void {
    if (message.length > this.maxBytes)
      throw new RangeError(`a message has ${message.length} bytes, the bus takes at most ${this.maxBytes}`);
    if (this.#handler !== undefined) this.#write(to, this.#peers.get(to) ?? this.#connect(to), framed(message));
  }

  broadcast(message: Uint8Array): void {
    if (message.length > this.maxBytes)
      throw new RangeError(`a message has ${message.length} bytes, the bus takes at most ${this.maxBytes}`);
    if (this.#handler === undefined) return;
    const frame = framed(message);
    for (const [node, peer] of this.#peers) this.#write(node, peer, frame);
  }

  async close(): Promise<void> {
    if (this.#handler === undefined) return;
    this.#handler = undefined;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const done of this.#waiting.values()) done();
    const flushed = Array.from(this.#peers.values(), ({ socket }) => this.#flush(socket));
    this.#peers.clear();
    await Promise.all(flushed);
    for (const socket of [...this.#strangers, ...this.#incoming.values()]) socket.destroy();
    await closed;
  }

  /** Connects to a node, and waits until it has connected to this one, so that it hears what that one sends to all. */
  #greet(node: NodeId): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        this.#waiting.delete(node);
        resolve();
      };
      const cancel = this.#options.clock.schedule(GREETING_MS, done);
      this.#waiting.set(node, done);
      if (this.#incoming.has(node)) done();
      if (!this.#peers.has(node)) this.#connect(node);
    });
  }

  #connect(node: NodeId): Peer {
    const socket = connect({ path: this.#pathOf(node) });
    const peer: Peer = { socket, behind: false };
    this.#peers.set(node, peer);
    // `close` follows.
    socket.on("error", () => {});
    socket.on("close", () => {
      if (this.#peers.get(node) === peer) this.#lost(node);
    });
    socket.write(framed(Buffer.from(this.#options.node)));
    return peer;
  }

  #accept(socket: Socket): void {
    let from: NodeId | undefined;
    const reader = new FrameReader(this.maxBytes, (frame) => {
      if (from !== undefined) this.#handler?.onMessage(from, frame);
      else from = this.#greeted(socket, frame.toString("latin1"));
    });
    this.#strangers.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#strangers.delete(socket);
      if (from !== undefined && this.#incoming.get(from) === socket) this.#lost(from);
    });
    socket.on("data", (data) => {
      try {
        if (!socket.destroyed) reader.read(data);
      } catch (error) {
        this.#options.logger.warn({ error, node: from }, "what another node sent makes no sense: it is connected anew");
        socket.destroy();
      }
    });
  }

  /** A node has connected. */
  #greeted(socket: Socket, node: NodeId): NodeId {
    if (!isNodeName(node) || node === this.#options.node)
      throw new RangeError("it does not begin with the name of a node");
    this.#strangers.delete(socket);
    // The end of its former process has not been noticed yet.
    if (this.#incoming.has(node)) this.#lost(node);
    this.#incoming.set(node, socket);
    if (!this.#peers.has(node) && this.#handler !== undefined) this.#connect(node);
    this.#waiting.get(node)?.();
    return node;
  }

  #lost(node: NodeId): void {
    const [peer, incoming] = [this.#peers.get(node), this.#incoming.get(node)];
    this.#peers.delete(node);
    this.#incoming.delete(node);
    peer?.socket.destroy();
    incoming?.destroy();
    this.#waiting.get(node)?.();
    this.#handler?.onUnreachable(node);
  }

  #write(node: NodeId, peer: Peer, frame: Buffer): void {
    const queued = peer.socket.writableLength;
    if (queued + frame.length <= this.#maxQueuedBytes) {
      peer.behind = false;
      peer.socket.write(frame);
    } else if (!peer.behind) {
      peer.behind = true;
      this.#options.logger.warn(
        { node, queued, limit: this.#maxQueuedBytes },
        "another node does not read: messages to it are lost until it does",
      );
    }
  }

  /** What was sent is on its way, unless the node does not read. */
  #flush(socket: Socket): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.schedule(GREETING_MS, () => socket.destroy());
      socket.on("close", () => {
        cancel();
        resolve();
      });
      socket.end(() => socket.destroy());
    });
  }

  #pathOf(node: NodeId): string {
    return join(this.#options.folder, `${node}${SUFFIX}`);
  }
}
