import type { Account } from "@kreuz/codec";
import { FEW_BYTES, type Pace, type Paced } from "./pace.js";

/** Reads frames from a peer, and can be told to stop and to go on. */
export interface FrameSource {
  pause(): void;
  resume(): void;
}

/** Cuts data into frames, and pushes them. @returns the rest, when the time is over and it would take much more. */
export type DataReader = (chunk: Buffer) => Buffer | void;

/** Takes frames one by one. */
export interface FrameReceiver {
  deliver(frame: Uint8Array): void;
}

/** Whoever has more frames waiting has much to do. */
const FEW_FRAMES = 8;

/** What has been delivered of the waiting frames is cut off when it is this many, and half of the list. */
const MIN_FRAMES_TO_CUT = 1024;

/**
 * The incoming side of a connection: hands its frames on one by one, and holds back during a pause what had arrived before
 * the source could stop. When its time in a turn of the event loop is over, it rests until the other connections have had
 * theirs: one chunk of data can hold thousands of small frames, the system hands out several chunks at once, and one frame
 * can cause a lot of work. Data that arrives when the turn has no time left is not even cut into frames. What waits is
 * charged to the client.
 */
export class TurnLimiter implements Paced {
  readonly #source: FrameSource;
  readonly #pace: Pace;
  readonly #receiver: FrameReceiver;
  readonly #account: Account | undefined;
  /** Data that is to be read when there is time, after the frames that wait. */
  readonly #chunks: { readonly chunk: Buffer; readonly read: DataReader }[] = [];
  /** Frames that wait; those before `#next` have been delivered. */
  #waiting: Uint8Array[] = [];
  #next = 0;
  #paused = false;
  #resting = false;
  #stopped = false;
  /** Whether much arrived last. */
  #sendsMuch = false;
  #admitted = false;
  /** The turn in which frames were delivered last, when the first of them was, and how long that may go on. */
  #turn = -1;
  #began = 0;
  #slice = 0;
  /** Called when nothing waits any more: the peer has ended. */
  #onEnd: (() => void) | undefined;

  constructor(source: FrameSource, pace: Pace, receiver: FrameReceiver, account: Account | undefined) {
    this.#source = source;
    this.#pace = pace;
    this.#receiver = receiver;
    this.#account = account;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** True while frames that have arrived are held back. */
  get holding(): boolean {
    return this.#paused || this.#isWaiting;
  }

  get #hasWork(): boolean {
    return this.#isWaiting || this.#chunks.length > 0;
  }

  get #isWaiting(): boolean {
    return this.#next < this.#waiting.length;
  }

  /** @internal Kept by the pace. */
  had = 0;

  /** @internal Asked by the pace. */
  get admitted(): boolean {
    return this.#admitted;
  }

  /** @internal Asked by the pace. */
  get busy(): boolean {
    if (!this.#hasWork) return this.#sendsMuch;
    const [first] = this.#chunks;
    return this.#waiting.length - this.#next > FEW_FRAMES || (first !== undefined && first.chunk.length > FEW_BYTES);
  }

  /** Data has arrived. Reads it now, or as soon as there is time. */
  arrive(chunk: Buffer, read: DataReader): void {
    // Whoever stops reading still looks for the end.
    if (this.#stopped || (this.#chunks.length === 0 && this.#pace.hasTime(chunk.length, this)))
      return this.#readArrived(chunk, read);
    this.#note(chunk);
    this.#chunks.push({ chunk, read });
    this.#account?.charge(chunk.length);
    if (!this.#resting) this.#rest();
  }

  #readArrived(chunk: Buffer, read: DataReader): void {
    this.#note(chunk);
    this.#read(chunk, read);
    if (this.#waitsToRead && !this.#resting && !this.#paused && !this.#stopped && !this.#hasWork) this.#rest();
  }

  #note({ length }: Buffer): void {
    this.#sendsMuch = length > FEW_BYTES;
    this.#admitted = false;
  }

  /** Whether others that send much are to have their time before this one reads more. */
  get #waitsToRead(): boolean {
    return this.#sendsMuch && this.#pace.crowded;
  }

  /** Whether its time in this turn is over. */
  get timeIsOver(): boolean {
    if (this.#stopped) return false;
    if (this.#pace.turn !== this.#turn) this.#begin();
    return this.#resting || this.#pace.now() - this.#began > this.#slice;
  }

  push(frame: Uint8Array): void {
    if (this.#stopped) return;
    // A pause takes effect within the chunk of data that is being read.
    if (!this.#paused && !this.#resting && !this.#isWaiting) return this.#deliver(frame);
    this.#waiting.push(frame);
    this.#account?.charge(frame.length);
  }

  pause(): void {
    if (this.#stopped) return;
    this.#paused = true;
    if (this.#onEnd === undefined) this.#source.pause();
    else this.#endSoon(this.#onEnd);
  }

  resume(): void {
    if (!this.#paused || this.#stopped) return;
    this.#paused = false;
    if (this.#resting) return;
    if (this.#hasWork) queueMicrotask(() => this.#deliverWaiting());
    else this.#source.resume();
  }

  /**
   * The peer has ended: calls `onEnd` once everything that waits for its turn has been delivered. A paused connection does
   * not hold up its end: what waits is dropped.
   */
  end(onEnd: () => void): void {
    if (!this.#isWaiting || this.#paused || this.#stopped) onEnd();
    else this.#onEnd = onEnd;
  }

  /** Delivers nothing from here on. The source goes on, so that its end can be seen. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#dropWaiting();
    if (this.#onEnd === undefined) this.#source.resume();
    else this.#endSoon(this.#onEnd);
  }

  /** Whoever pauses or stops is not told of the end within that call. */
  #endSoon(onEnd: () => void): void {
    this.#onEnd = undefined;
    queueMicrotask(onEnd);
  }

  #dropWaiting(): void {
    if (this.#account !== undefined)
      for (; this.#isWaiting; this.#next++) this.#account.refund(this.#waiting[this.#next]!.length);
    this.#waiting = [];
    this.#next = 0;
    while (this.#chunks.length > 0) this.#readNext();
  }

  #deliver(frame: Uint8Array): void {
    const pace = this.#pace;
    if (pace.turn !== this.#turn) this.#begin();
    this.#receiver.deliver(frame);
    if (!this.#stopped && pace.now() - this.#began > this.#slice) this.#rest();
  }

  #begin(): void {
    this.#turn = this.#pace.turn;
    this.#began = this.#pace.now();
    this.#slice = this.#pace.slice;
  }

  #rest(): void {
    this.#resting = true;
    this.#source.pause();
    this.#pace.await(this);
  }

  /** @internal Called by the pace. */
  proceed(): void {
    this.#resting = false;
    if (this.#hasWork || this.#onEnd !== undefined) {
      this.#begin();
      this.#deliverWaiting();
    } else if (!this.#paused && !this.#stopped) {
      this.#admitted = true;
      this.#pace.admit();
      this.#source.resume();
    }
  }

  #readNext(): void {
    const { chunk, read } = this.#chunks.shift()!;
    this.#account?.refund(chunk.length);
    this.#read(chunk, read);
  }

  #read(chunk: Buffer, read: DataReader): void {
    const rest = read(chunk);
    if (!(rest instanceof Buffer)) return;
    if (this.#stopped) return this.#read(rest, read);
    this.#chunks.unshift({ chunk: rest, read });
    this.#account?.charge(rest.length);
    if (!this.#resting) this.#rest();
  }

  #deliverWaiting(): void {
    while (this.#hasWork) {
      if (this.#paused || this.#resting || this.#stopped) break;
      if (!this.#isWaiting) {
        this.#readNext();
        continue;
      }
      const frame = this.#waiting[this.#next++]!;
      this.#account?.refund(frame.length);
      this.#deliver(frame);
    }
    if (this.#stopped) return;
    this.#cutDelivered();
    if (this.#paused || this.#resting || this.#isWaiting) return;
    const onEnd = this.#onEnd;
    this.#onEnd = undefined;
    if (onEnd !== undefined) onEnd();
    else if (this.#waitsToRead) this.#rest();
    else this.#source.resume();
  }

  /** Moves what waits to the front, seldom enough that each frame is moved about once. */
  #cutDelivered(): void {
    if (!this.#isWaiting) this.#waiting = [];
    else if (this.#next < MIN_FRAMES_TO_CUT || this.#next * 2 < this.#waiting.length) return;
    else this.#waiting = this.#waiting.slice(this.#next);
    this.#next = 0;
  }
}
