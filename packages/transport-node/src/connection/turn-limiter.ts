import type { Account } from "@kreuz/codec";
import type { Pace } from "./pace.js";

/** Reads frames from a peer, and can be told to stop and to go on. */
export interface FrameSource {
  pause(): void;
  resume(): void;
}

/** Takes frames one by one. */
export interface FrameReceiver {
  deliver(frame: Uint8Array): void;
}

/** What has been delivered of the waiting frames is cut off when it is this many, and half of the list. */
const MIN_FRAMES_TO_CUT = 1024;

/**
 * The incoming side of a connection: hands its frames on one by one, and holds back during a pause what had arrived before
 * the source could stop. When its time in a turn of the event loop is over, it rests until the other connections have had
 * theirs: one chunk of data can hold thousands of small frames, the system hands out several chunks at once, and one frame
 * can cause a lot of work. What waits is charged to the client.
 */
export class TurnLimiter {
  readonly #source: FrameSource;
  readonly #pace: Pace;
  readonly #receiver: FrameReceiver;
  readonly #account: Account | undefined;
  /** Frames that wait; those before `#next` have been delivered. */
  #waiting: Uint8Array[] = [];
  #next = 0;
  #paused = false;
  #resting = false;
  #stopped = false;
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

  get #isWaiting(): boolean {
    return this.#next < this.#waiting.length;
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
    if (this.#isWaiting) queueMicrotask(() => this.#deliverWaiting());
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
    this.#slice = this.#pace.slice(this.#began);
  }

  #rest(): void {
    this.#resting = true;
    this.#pace.onRest();
    this.#source.pause();
    setImmediate(() => this.#wake());
  }

  #wake(): void {
    this.#resting = false;
    this.#begin();
    this.#deliverWaiting();
  }

  #deliverWaiting(): void {
    while (this.#isWaiting) {
      if (this.#paused || this.#resting || this.#stopped) break;
      const frame = this.#waiting[this.#next++]!;
      this.#account?.refund(frame.length);
      this.#deliver(frame);
    }
    if (this.#stopped) return;
    this.#cutDelivered();
    if (this.#paused || this.#resting || this.#isWaiting) return;
    const onEnd = this.#onEnd;
    this.#onEnd = undefined;
    if (onEnd === undefined) this.#source.resume();
    else onEnd();
  }

  /** Moves what waits to the front, seldom enough that each frame is moved about once. */
  #cutDelivered(): void {
    if (!this.#isWaiting) this.#waiting = [];
    else if (this.#next < MIN_FRAMES_TO_CUT || this.#next * 2 < this.#waiting.length) return;
    else this.#waiting = this.#waiting.slice(this.#next);
    this.#next = 0;
  }
}
