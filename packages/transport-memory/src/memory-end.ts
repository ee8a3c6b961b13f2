import {
  type Acceptor,
  type Account,
  type Budget,
  type CloseStatus,
  type Codec,
  type Connection,
  ConnectionLifecycle,
  FrameTooLongError,
  type LifecycleHooks,
  type LifecycleSettings,
  type Message,
  type OutboxLimits,
  OutboxOverflowError,
  PeerClosedError,
  type PeerEvidence,
  type TransportInfo,
} from "@kreuz/codec";

/** What both ends of a pair share. */
export interface PairSettings extends LifecycleSettings {
  readonly codec: Codec;
  readonly outbox: Required<OutboxLimits>;
  readonly maxFrameBytes: number | undefined;
}

/** What the server's end knows of the client. */
export interface ClientOrigin {
  readonly peer?: string;
  readonly evidence?: PeerEvidence;
}

/** A promise and not `queueMicrotask`, which not every JavaScript environment has. */
const SETTLED: Promise<void> = Promise.resolve();

/**
 * One end of an in-process pair. It owns the frames on their way to its peer and carries them over in a microtask, so that
 * nothing is ever delivered within a call of `send`.
 */
export class MemoryEnd implements Connection, LifecycleHooks {
  readonly codec: Codec;
  readonly transport: TransportInfo;
  readonly evidence?: PeerEvidence;
  readonly maxFrameBytes?: number;
  account?: Account;
  bytesSent = 0;
  readonly #outboxLimits: Required<OutboxLimits>;
  readonly #lifecycle: ConnectionLifecycle;
  readonly #outbox = new FrameQueue();
  /** The other end. Until they are joined, an end is its own peer. */
  #peer: MemoryEnd = this;
  #scheduled = false;
  #heldBack = false;
  #paused = false;
  /** Set once this end has been closed: what the peer is told when it has read everything. */
  #farewell: { readonly complaint: PeerClosedError | undefined } | undefined;

  constructor(settings: PairSettings, { peer, evidence }: ClientOrigin = {}) {
    const { codec } = settings;
    this.codec = codec;
    const transport = { type: "memory", protocol: codec.subprotocol, serializer: codec.id } as const;
    this.transport = peer === undefined ? transport : { ...transport, peer };
    if (evidence !== undefined) this.evidence = evidence;
    if (settings.maxFrameBytes !== undefined) this.maxFrameBytes = settings.maxFrameBytes;
    this.#outboxLimits = settings.outbox;
    this.#lifecycle = new ConnectionLifecycle(this, settings);
  }

  static createPair(settings: PairSettings, client: ClientOrigin): [server: MemoryEnd, client: MemoryEnd] {
    const [serverEnd, clientEnd] = [new MemoryEnd(settings, client), new MemoryEnd(settings)];
    serverEnd.#peer = clientEnd;
    clientEnd.#peer = serverEnd;
    return [serverEnd, clientEnd];
  }

  /** Charges the frames on their way in both directions to the client. Call it before {@link admit}. */
  openAccount(budget: Budget): void {
    this.account = budget.open({ cut: (cut) => this.#lifecycle.onCut(cut) });
  }

  /** Asks `acceptor` for the handler. Call it once, before any microtask has run. */
  admit(acceptor: Acceptor): void {
    this.#lifecycle.admit(acceptor, this);
  }

  get bufferedBytes(): number {
    return this.#outbox.bytes;
  }

  send(frame: Uint8Array): boolean {
    if (!this.#lifecycle.isOpen) return false;
    if (this.maxFrameBytes !== undefined && frame.length > this.maxFrameBytes)
      throw new FrameTooLongError(frame.length, this.maxFrameBytes);
    const { highWater, limit } = this.#outboxLimits;
    const before = this.#outbox.bytes;
    const after = before + frame.length;
    if (after > limit && before > 0) {
      this.#lifecycle.onOverflow(new OutboxOverflowError(after, limit));
      return false;
    }
    this.#outbox.push(frame);
    this.bytesSent += frame.length;
    this.account?.setUnsent(after);
    this.#peer.account?.charge(frame.length);
    this.#schedule();
    if (after > highWater) this.#heldBack = true;
    return !this.#heldBack;
  }

  sendMessage(message: Message): boolean {
    return this.send(this.codec.encode(message));
  }

  close(status?: CloseStatus, message?: string): void {
    this.#lifecycle.close(status, message);
  }

  pause(): void {
    if (this.#lifecycle.isOpen) this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#peer.#schedule();
  }

  /** An end that is closing drops what arrives, so it must not keep its peer from flushing. */
  stop(): void {
    this.resume();
  }

  end(status: CloseStatus, message: string): void {
    const clean = status === "normal" || status === "going-away";
    this.#farewell = { complaint: clean ? undefined : new PeerClosedError(status, message) };
    this.#schedule();
  }

  destroy(): void {
    this.#outbox.clear();
    void SETTLED.then(() => this.#losePair());
  }

  release(): void {
    this.#outbox.clear();
    this.account?.close();
  }

  #losePair(): void {
    this.#peer.#lifecycle.onLost();
    this.#lifecycle.onLost();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    void SETTLED.then(this.#carry);
  }

  /** Delivers to the peer until it pauses, and then the end. The peer is told first, as it would be by a close frame. */
  readonly #carry = (): void => {
    this.#scheduled = false;
    const peer = this.#peer;
    for (;;) {
      if (peer.#paused) return;
      const frame = this.#outbox.shift();
      if (frame === undefined) break;
      this.account?.setUnsent(this.#outbox.bytes);
      peer.account?.refund(frame.length);
      // A copy: the sender may have shared the frame with others, and the receiver owns what it gets.
      peer.#lifecycle.deliver(frame.slice());
      this.#checkLowWater();
    }
    if (this.#farewell === undefined) return;
    peer.#lifecycle.onEnd(this.#farewell.complaint);
    this.#lifecycle.onEnd();
  };

  #checkLowWater(): void {
    if (!this.#heldBack || this.#outbox.bytes > this.#outboxLimits.lowWater) return;
    this.#heldBack = false;
    this.#lifecycle.onDrain();
  }
}

/** Frames that wait for the peer, first in, first out, with a running total of their bytes. */
class FrameQueue {
  #frames: Uint8Array[] = [];
  #head = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  push(frame: Uint8Array): void {
    this.#frames.push(frame);
    this.#bytes += frame.length;
  }

  shift(): Uint8Array | undefined {
    const frame = this.#frames[this.#head];
    if (frame === undefined) return undefined;
    this.#bytes -= frame.length;
    if (++this.#head === this.#frames.length) this.#restart();
    return frame;
  }

  clear(): void {
    this.#restart();
    this.#bytes = 0;
  }

  #restart(): void {
    this.#frames = [];
    this.#head = 0;
  }
}
