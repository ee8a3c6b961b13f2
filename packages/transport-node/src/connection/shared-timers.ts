import type { Clock } from "@kreuz/codec";

/** So many are called in one turn of the event loop. */
const MAX_AT_ONCE = 256;

/** Waits for a time. */
export interface Timed {
  onTime(): void;
}

/**
 * Timers of many that may wait a little longer: all that is due within the same few milliseconds shares one timer of the clock.
 * A timer of its own, with its callbacks, would take some 400 bytes of each idle connection.
 */
export class SharedTimers {
  readonly #clock: Clock;
  readonly #grain: number;
  /** By the time when it is over. */
  readonly #slots = new Map<number, Slot>();
  /** The slot whose items are being called. */
  #current: number | undefined;

  /** @param grain - how much longer something may wait, in whole milliseconds. */
  constructor(clock: Clock, grain: number) {
    this.#clock = clock;
    this.#grain = grain;
  }

  /** Milliseconds since some point in the past, without fractions: such a number takes no memory of its own. */
  now(): number {
    return Math.floor(this.#clock.monotonic());
  }

  /** Calls `item` after `delay` milliseconds, or up to a grain later. @returns what {@link cancel} wants to know. */
  schedule(item: Timed, delay: number): number {
    const now = this.now();
    const end = Math.ceil((now + delay) / this.#grain) * this.#grain;
    // The timer of a slot may come a bit early. What it schedules waits for a later one.
    const time = end === this.#current ? end + this.#grain : end;
    const slot = this.#slots.get(time) ?? this.#open(time, time - now);
    slot.items.add(item);
    return time;
  }

  /** Does nothing when `item` does not wait for `time`. */
  cancel(item: Timed, time: number): void {
    const slot = this.#slots.get(time);
    if (slot === undefined || !slot.items.delete(item) || slot.items.size > 0) return;
    slot.cancel();
    this.#slots.delete(time);
  }

  #open(time: number, delay: number): Slot {
    const slot: Slot = { items: new Set(), cancel: this.#clock.schedule(delay, () => this.#onTime(time, slot)) };
    this.#slots.set(time, slot);
    return slot;
  }

  #onTime(time: number, slot: Slot): void {
    this.#current = time;
    let left = MAX_AT_ONCE;
    for (const item of slot.items) {
      if (left-- === 0) break;
      slot.items.delete(item);
      item.onTime();
    }
    this.#current = undefined;
    if (slot.items.size > 0) slot.cancel = this.#clock.schedule(1, () => this.#onTime(time, slot));
    else this.#slots.delete(time);
  }
}

interface Slot {
  readonly items: Set<Timed>;
  cancel: () => void;
}
