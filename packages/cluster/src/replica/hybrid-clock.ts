/**
 * Milliseconds since the Unix epoch, later than whatever this node or another one has said before: so what follows from an
 * event has a later time than the event, although the clocks of nodes differ.
 */
export class HybridClock {
  readonly #wall: () => number;
  #last = 0;

  constructor(wall: () => number) {
    this.#wall = wall;
  }

  now(): number {
    this.#last = Math.max(this.#last + 1, Math.floor(this.#wall()));
    return this.#last;
  }

  /** Another node said this time. */
  observe(time: number): void {
    if (time > this.#last && time < Number.MAX_SAFE_INTEGER / 2) this.#last = time;
  }
}
