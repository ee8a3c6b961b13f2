/** Where frames come from: told to stop and to go on. */
export interface Source {
  pause(): void;
  resume(): void;
}

/**
 * The incoming side of a connection: gives frames to its owner one by one, and holds back during a pause what had
 * arrived before the source could stop.
 */
export class Inbound {
  readonly #source: Source;
  readonly #deliver: (frame: Uint8Array) => void;
  #waiting: Uint8Array[] = [];
  #paused = false;
  #stopped = false;

  constructor(source: Source, deliver: (frame: Uint8Array) => void) {
    this.#source = source;
    this.#deliver = deliver;
  }

  get paused(): boolean {
    return this.#paused;
  }

  push(frame: Uint8Array): void {
    if (this.#stopped) return;
    // A pause takes effect within the chunk of data that is being read.
    if (this.#paused || this.#waiting.length > 0) this.#waiting.push(frame);
    else this.#deliver(frame);
  }

  pause(): void {
    if (this.#stopped) return;
    this.#paused = true;
    this.#source.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
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

  readonly #deliverWaiting = (): void => {
    let delivered = 0;
    for (const frame of this.#waiting) {
      if (this.#paused || this.#stopped) break;
      delivered++;
      this.#deliver(frame);
    }
    this.#waiting.splice(0, delivered);
    if (!this.#paused && !this.#stopped && this.#waiting.length === 0) this.#source.resume();
  };
}
