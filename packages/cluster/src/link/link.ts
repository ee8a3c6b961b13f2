import type { Clock } from "@kreuz/codec";
import type { Logger } from "@kreuz/router";
import type { NodeId } from "../bus.js";
import { ByteReader, WireError } from "../wire/byte-reader.js";
import { ByteWriter } from "../wire/byte-writer.js";
import { incarnationOf } from "./epochs.js";
import { Incoming } from "./incoming.js";
import {
  LinkMessageType as Type,
  PROTOCOL,
  readFrames,
  readGreeting,
  readProgress,
  writeBeat,
  writeGreeting,
  type Greeting,
  type Progress,
} from "./link-messages.js";
import type { LinkSettings } from "./link-settings.js";
import { Outgoing, type Need } from "./outgoing.js";

/** What uses the links. */
export interface LinkHandler {
  /** What this node tells about itself in HELLO. */
  about(): Uint8Array;
  /** A link is up: both ends know nothing of each other. */
  up(link: Link): void;
  /** A link is not up any more: what was on its way, in both directions, may have arrived or not. */
  down(link: Link, reason: string): void;
  /**
   * A frame has come. Types that are unknown are of a later version, and are to be ignored. The bytes are views of a message that
   * nobody else uses.
   *
   * @returns a promise when the frame takes longer; until it settles, the sender's room for more shrinks.
   * @throws WireError when it makes no sense.
   */
  frame(link: Link, type: number, body: ByteReader): Promise<void> | undefined;
}

/** What a link is given by the {@link Links} that it belongs to. */
export interface LinkContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: LinkSettings;
  readonly handler: LinkHandler;
  /** The longest message of the bus. */
  readonly maxBytes: number;
  /** An epoch that this node never had before. */
  nextEpoch(): number;
  /** What a peer may leave unacknowledged. */
  window(): number;
  send(to: NodeId, message: Uint8Array): void;
  /** The link has something to send at the end of this turn. */
  touched(link: Link): void;
  /** Another node knows a later epoch of this node: it lived before, with a clock that was ahead. */
  outlived(epoch: number): void;
}

/** What a link has counted since it was made. */
export interface LinkCounts {
  /** How often it was up and had to start anew. */
  readonly resets: number;
  /** Optional frames that were refused because the peer had not acknowledged enough. */
  readonly refused: number;
  /** Bytes on their way to the peer. */
  readonly inFlight: number;
}

/** Both directions of a link that is up. */
interface Talk {
  readonly out: Outgoing;
  readonly in: Incoming;
}

/** So many bytes are acknowledged without waiting for the next beat: a sixteenth of the window. */
const WINDOWS_PART = 16;

/**
 * The connection to one other node over a bus that may lose messages. While it is up, each frame arrives once and in order. A
 * loss is always noticed, and then both ends start anew with nothing.
 *
 * It is either *greeting* (it says HELLO each beat) or *up*. Each start has an epoch of its own, and DATA names the epochs of
 * both ends: what belongs to another pair of epochs is dropped, and never answered. Only HELLO and WELCOME change an epoch.
 */
export class Link {
  readonly node: NodeId;
  readonly #context: LinkContext;
  readonly #writer = new ByteWriter();
  readonly #batch = new ByteWriter();
  #epoch: number;
  #greeting: Greeting | undefined;
  #talk: Talk | undefined;
  #lastHello = -Infinity;
  /** When anything came from the node. */
  #heard: number;
  /** When something of this pair of epochs came. */
  #valid = 0;
  #beatDue = false;
  #resets = 0;
  #refused = 0;

  constructor(node: NodeId, context: LinkContext) {
    this.node = node;
    this.#context = context;
    this.#epoch = context.nextEpoch();
    this.#heard = context.clock.monotonic();
  }

  get up(): boolean {
    return this.#talk !== undefined;
  }

  /** Which life of the link this is: another one means that it started anew, at whichever end. */
  get life(): number {
    return this.#resets;
  }

  /** Whether the peer grants room for more. */
  get hasRoom(): boolean {
    return this.#talk?.out.hasRoom === true;
  }

  /** What the node said about itself; `undefined` before it said anything. */
  get about(): Uint8Array | undefined {
    return this.#greeting?.about;
  }

  /** The epoch of the node's end that was last heard of; 0 before that. */
  get peerEpoch(): number {
    return this.#greeting?.own ?? 0;
  }

  /** The incarnation of the node that was last heard of; 0 before that. */
  get incarnation(): number {
    return incarnationOf(this.peerEpoch);
  }

  /** For how long nothing came from the node, in milliseconds. */
  get silence(): number {
    return this.#context.clock.monotonic() - this.#heard;
  }

  /** Why the link cannot be up with this node; `undefined` if it can. */
  get incompatible(): string | undefined {
    if (this.#greeting === undefined) return undefined;
    const { oldest, newest } = this.#greeting.protocol;
    if (oldest <= PROTOCOL.newest && newest >= PROTOCOL.oldest) return undefined;
    return `node "${this.node}" speaks versions ${oldest} to ${newest} of the protocol, this node ${PROTOCOL.oldest} to ${PROTOCOL.newest}; run versions of Kreuz that have one in common`;
  }

  get counts(): LinkCounts {
    return { resets: this.#resets, refused: this.#refused, inFlight: this.#talk?.out.inFlight ?? 0 };
  }

  /** Starts a frame. {@link end} ends it. @returns `undefined` when the frame cannot be sent: the link is not up, or full. */
  begin(type: number, need: Need): ByteWriter | undefined {
    if (!this.admits(need)) return undefined;
    this.#context.touched(this);
    return this.#talk!.out.begin(type);
  }

  /** Whether a frame can be sent now. Counts those that cannot, and starts anew when the peer falls behind for good. */
  admits(need: Need): boolean {
    const out = this.#talk?.out;
    if (out === undefined) return false;
    if (need === "optional" && !out.hasRoom) this.#refused++;
    else if (out.overflows) this.reset(`the node has left ${out.inFlight} bytes unacknowledged`);
    else return true;
    return false;
  }

  /** Sends frames that were written for several nodes and are too long for a BROADCAST. */
  sendFrames(frames: Uint8Array): void {
    this.#talk?.out.append(frames);
  }

  /** Gives a BROADCAST its number on this link. @returns what it says to this node. */
  count(bytes: number): Progress | undefined {
    const out = this.#talk?.out;
    out?.count(bytes);
    return out?.progress;
  }

  end(): void {
    this.#talk?.out.end();
  }

  /** Sends what was gathered in this turn. */
  flush(): void {
    const { out } = this.#talk ?? {};
    if (out?.hasFrames === true) {
      this.#announced();
      out.flush();
    } else if (this.#beatDue) this.#beat();
  }

  /** A message of this node came. */
  receive(message: Uint8Array): void {
    const reader = new ByteReader(message);
    this.#guard(() => this.#read(reader.byte(), reader));
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Something that came or was to be sent makes no sense: starts anew. */
  fail(error: unknown): void {
    if (!(error instanceof WireError))
      this.#context.logger.error({ error, node: this.node }, "a frame of another node failed");
    this.reset(error instanceof WireError ? error.message : "a frame failed, see the error above");
  }

  /** Runs each beat: says that this node lives, and looks whether the other one does. */
  tick(): void {
    const { clock, settings } = this.#context;
    if (this.#talk === undefined) return this.#greet(Type.HELLO);
    const silence = clock.monotonic() - this.#valid;
    if (silence > settings.suspect) this.reset(`nothing came for ${Math.round(silence)} ms`);
    else this.#beat();
  }

  /** This node itself stood still: silence until now says nothing about the other one. */
  excuse(): void {
    this.#heard = this.#valid = this.#context.clock.monotonic();
  }

  /** Starts anew, unless it is about to: both ends lose what was on its way, and know it. */
  reset(reason: string): void {
    if (this.#talk === undefined) return;
    this.#epoch = this.#context.nextEpoch();
    this.#down(reason);
    // Not more than one for each beat: if something is wrong for good, it must not become a flood.
    if (this.#context.clock.monotonic() - this.#lastHello >= this.#context.settings.beat / 2) this.#greet(Type.HELLO);
  }

  /** This node has a new incarnation: all its links start anew, also those that are not up. */
  renew(): void {
    this.reset("this node has a new incarnation");
    this.#epoch = this.#context.nextEpoch();
    this.#greet(Type.HELLO);
  }

  /** Ends without a word to the peer. */
  close(reason: string): void {
    this.#down(reason);
  }

  #read(type: number, reader: ByteReader): void {
    this.#heard = this.#context.clock.monotonic();
    if (type === Type.HELLO || type === Type.WELCOME) this.#greeted(readGreeting(reader), type === Type.HELLO);
    else if (type === Type.BEAT) this.#beaten(readProgress(reader), reader.float());
    else if (type === Type.DATA) this.#data(readProgress(reader), reader.byte() === 1, reader.rest());
  }

  /** The one place where the epoch of the peer changes. */
  #greeted(greeting: Greeting, isHello: boolean): void {
    if (greeting.peer > this.#epoch) return this.#context.outlived(greeting.peer);
    const isNew = greeting.own > this.peerEpoch;
    if (isNew) {
      this.#greeting = greeting;
      if (this.incompatible !== undefined) this.#context.logger.warn({ node: this.node }, this.incompatible);
      this.#down("the other node started anew");
    }
    if (isHello) this.#greet(Type.WELCOME);
    // Only an answer proves that the peer hears this node now: a HELLO knows its epoch from whenever that was.
    else if (greeting.own === this.peerEpoch && greeting.peer === this.#epoch) this.#rise();
  }

  #beaten(progress: Progress, window: number): void {
    const talk = this.#accept(progress);
    if (talk === undefined) return;
    talk.out.grant(window);
    if (progress.sequence > talk.in.sequence)
      throw new WireError(`the node sent ${progress.sequence} messages, ${talk.in.sequence} came`);
  }

  /** A BROADCAST of this node came. */
  broadcast(progress: Progress, frames: Uint8Array): void {
    this.#heard = this.#context.clock.monotonic();
    this.#guard(() => this.#data(progress, false, frames));
  }

  #data(progress: Progress, more: boolean, body: Uint8Array): void {
    const talk = this.#accept(progress);
    if (talk === undefined) return;
    talk.in.take(progress.sequence, body.length);
    const release = talk.in.hold();
    const frames = talk.in.join(body, more);
    if (frames !== undefined)
      for (const { type, body } of readFrames(frames)) {
        const done = this.#context.handler.frame(this, type, body);
        // What a frame causes may have reset the link.
        if (this.#talk !== talk) return;
        if (done !== undefined) this.#await(done, talk.in);
      }
    release();
    this.#acknowledgeSoon(talk.in);
  }

  #await(done: Promise<void>, incoming: Incoming): void {
    const release = incoming.hold();
    const settle = (): boolean => {
      release();
      const isPresent = this.#talk?.in === incoming;
      if (isPresent) this.#acknowledgeSoon(incoming);
      return isPresent;
    };
    done.then(settle, (error: unknown) => {
      if (settle()) this.fail(error);
    });
  }

  #acknowledgeSoon(incoming: Incoming): void {
    if (incoming.unannounced < this.#context.settings.window / WINDOWS_PART) return;
    this.#beatDue = true;
    this.#context.touched(this);
  }

  /** Drops what belongs to other epochs. Anything of the present ones proves that the peer has seen this node's epoch. */
  #accept(progress: Progress): Talk | undefined {
    if (progress.own !== this.peerEpoch || progress.peer !== this.#epoch) return undefined;
    this.#rise();
    this.#valid = this.#heard;
    const talk = this.#talk;
    if (talk?.out.acknowledge(progress.acknowledged) === false)
      throw new WireError(`the node acknowledged message ${progress.acknowledged}, which was never sent`);
    return talk;
  }

  #rise(): void {
    if (this.#talk !== undefined || this.incompatible !== undefined) return;
    const { settings, maxBytes, send, handler, clock } = this.#context;
    const incoming = new Incoming(settings.longest);
    const out = new Outgoing(
      { own: this.#epoch, peer: this.peerEpoch },
      this.#greeting!.window,
      this.#batch,
      { ...settings, maxBytes },
      {
        send: (message) => send(this.node, message),
        acknowledgement: () => incoming.acknowledged,
      },
    );
    this.#talk = { out, in: incoming };
    this.#valid = clock.monotonic();
    // Tells the peer that this end is up, if nothing else does.
    this.#beatDue = true;
    this.#context.touched(this);
    handler.up(this);
  }

  #down(reason: string): void {
    if (this.#talk === undefined) return;
    this.#talk = undefined;
    this.#beatDue = false;
    this.#resets++;
    this.#context.handler.down(this, reason);
  }

  /** Answers a HELLO of an incarnation that was declared dead: the node learns that it has to take a later one. */
  answerDead(laterEpoch: number): void {
    this.#greet(Type.WELCOME, laterEpoch);
  }

  #greet(type: number, peer: number = this.peerEpoch): void {
    const { clock, send, window, handler } = this.#context;
    if (type === Type.HELLO) this.#lastHello = clock.monotonic();
    this.#writer.clear();
    writeGreeting(this.#writer, type, {
      own: this.#epoch,
      peer,
      window: window(),
      protocol: PROTOCOL,
      about: handler.about(),
    });
    send(this.node, this.#writer.view());
  }

  #beat(): void {
    const { out } = this.#talk!;
    out.flush();
    this.#writer.clear();
    writeBeat(this.#writer, out.progress, this.#context.window());
    this.#announced();
    this.#context.send(this.node, this.#writer.view());
  }

  #announced(): void {
    this.#beatDue = false;
    this.#talk?.in.announced();
  }
}
