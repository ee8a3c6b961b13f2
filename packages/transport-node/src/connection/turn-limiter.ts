/** Where frames come from: told to stop and to go on. */
export interface Source {
  pause(): void;
  resume(): void;
}

/** Tells the turns of the event loop apart. */
export interface Turns {
  /** The turn that is under way: another number in each. */
  readonly turn: number;
}

/**
 * What a connection delivers before all others have had their turn. One chunk of data can hold many thousands of small
 * frames, and the system hands out several chunks at once; and one frame can cause very much.
 */
const FRAMES_PER_TURN = 32;
const MILLISECONDS_PER_TURN = 2;

/**
 * The incoming side of a connection: gives frames to its owner one by one, and holds back during a pause what had
 * arrived before the source could stop. After some frames, or some time, it lets the other connections have their turn.
 */
export class Inbound {
  readonly #source: Source;
  readonly #turns: Turns;
  readonly #deliver: (frame: Uint8Array) => void;
  #waiting: Uint8Array[] = [];
  #paused = false;
  #stopped = false;
  /** Frames since the others had their turn, which turn it was, and when the first of them came. */
  #delivered = 0;
  #turn = -1;
  #began = 0;
  #resting = false;

  constructor(source: Source, turns: Turns, deliver: (frame: Uint8Array) => void) {
    this.#source = source;
    this.#turns = turns;
    this.#deliver = deliver;
  }

  get paused(): boolean {
    return this.#paused;
  }

  push(frame: Uint8Array): void {
    if (this.#stopped) return;
    // A pause takes effect within the chunk of data that is being read.
    if (this.#paused || this.#resting || this.#waiting.length > 0) this.#waiting.push(frame);
    else this.#give(frame);
  }

  pause(): void {
    if (this.#stopped) return;
    this.#paused = true;
    this.#source.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#resting) return;
    if (this.#waiting.length === 0) this.#source.resume();
    else queueMicrotask(this.#deliverWaiting);
  }

  /** Nothing is delivered from here on; the source goes on, so that its end can be seen. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#waiting = [];
    this.#source.resume();
  }

  #give(frame: Uint8Array): void {
    const { turn } = this.#turns;
    if (turn !== this.#turn) this.#begin(turn);
    this.#deliver(frame);
    this.#delivered++;
    const enough = this.#delivered >= FRAMES_PER_TURN || performance.now() - this.#began >= MILLISECONDS_PER_TURN;
    if (enough && !this.#stopped) this.#rest();
  }

  #begin(turn: number): void {
    this.#turn = turn;
    this.#delivered = 0;
    this.#began = performance.now();
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
    let given = 0;
    for (const frame of this.#waiting) {
      if (this.#paused || this.#resting || this.#stopped) break;
      given++;
      this.#give(frame);
    }
    if (this.#stopped) return;
    this.#waiting.splice(0, given);
    if (!this.#paused && !this.#resting && this.#waiting.length === 0) this.#source.resume();
  };
}
