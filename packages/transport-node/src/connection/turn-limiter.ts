import type { Clock } from "@kreuz/codec";

/** Reads frames from a peer, and can be told to stop and to go on. */
export interface FrameSource {
  pause(): void;
  resume(): void;
}

/** Numbers the turns of the event loop. */
export interface Turns {
  /** The current turn: a different number in each. */
  readonly turn: number;
}

/** Takes frames one by one. */
export interface FrameReceiver {
  deliver(frame: Uint8Array): void;
}

/**
 * What one connection may deliver before the others get their turn. One chunk of data can hold thousands of small frames,
 * the system hands out several chunks at once, and one frame can cause a lot of work.
 */
const MAX_FRAMES_PER_TURN = 32;
const MAX_MILLISECONDS_PER_TURN = 2;

/**
 * The incoming side of a connection: hands its frames on one by one, and holds back during a pause what had arrived before
 * the source could stop. After some frames, or some time, it rests until the other connections have had their turn.
 */
export class TurnLimiter {
  readonly #source: FrameSource;
  readonly #turns: Turns;
  readonly #clock: Pick<Clock, "now">;
  readonly #receiver: FrameReceiver;
  #waiting: Uint8Array[] = [];
  #paused = false;
  #resting = false;
  #stopped = false;
  /** The turn in which frames were delivered last, how many, and when the first of them was. */
  #turn = -1;
  #delivered = 0;
  #began = 0;
  /** Called when nothing waits any more: the peer has ended. */
  #onEnd: (() => void) | undefined;

  /** @param clock - measures time within one turn only, so a change of the system time does no harm. */
  constructor(source: FrameSource, turns: Turns, clock: Pick<Clock, "now">, receiver: FrameReceiver) {
    this.#source = source;
    this.#turns = turns;
    this.#clock = clock;
    this.#receiver = receiver;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** True while frames that have arrived are held back. */
  get holding(): boolean {
    return this.#paused || this.#waiting.length > 0;
  }

  push(frame: Uint8Array): void {
    if (this.#stopped) return;
    // A pause takes effect within the chunk of data that is being read.
    if (this.#paused || this.#resting || this.#waiting.length > 0) this.#waiting.push(frame);
    else this.#deliver(frame);
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
    if (this.#waiting.length === 0) this.#source.resume();
    else queueMicrotask(this.#deliverWaiting);
  }

  /**
   * The peer has ended: calls `onEnd` once everything that waits for its turn has been delivered. A paused connection does
   * not hold up its end: what waits is dropped.
   */
  end(onEnd: () => void): void {
    if (this.#waiting.length === 0 || this.#paused || this.#stopped) onEnd();
    else this.#onEnd = onEnd;
  }

  /** Delivers nothing from here on. The source goes on, so that its end can be seen. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#waiting = [];
    if (this.#onEnd === undefined) this.#source.resume();
    else this.#endSoon(this.#onEnd);
  }

  /** Whoever pauses or stops is not told of the end within that call. */
  #endSoon(onEnd: () => void): void {
    this.#onEnd = undefined;
    queueMicrotask(onEnd);
  }

  #deliver(frame: Uint8Array): void {
    const { turn } = this.#turns;
    if (turn !== this.#turn) this.#begin(turn);
    this.#receiver.deliver(frame);
    this.#delivered++;
    if (this.#stopped) return;
    if (this.#delivered >= MAX_FRAMES_PER_TURN || this.#clock.now() - this.#began > MAX_MILLISECONDS_PER_TURN)
      this.#rest();
  }

  #begin(turn: number): void {
    this.#turn = turn;
    this.#delivered = 0;
    this.#began = this.#clock.now();
  }

  #rest(): void {
    this.#resting = true;
    this.#source.pause();
    setImmediate(this.#wake);
  }

  readonly #wake = (): void => {
    this.#resting = false;
    this.#begin(this.#turns.turn);
    this.#deliverWaiting();
  };

  readonly #deliverWaiting = (): void => {
    let delivered = 0;
    for (const frame of this.#waiting) {
      if (this.#paused || this.#resting || this.#stopped) break;
      delivered++;
      this.#deliver(frame);
    }
    if (this.#stopped) return;
    this.#waiting.splice(0, delivered);
    if (this.#paused || this.#resting || this.#waiting.length > 0) return;
    const onEnd = this.#onEnd;
    this.#onEnd = undefined;
    if (onEnd === undefined) this.#source.resume();
    else onEnd();
  };
}
