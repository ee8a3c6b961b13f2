import type { Account, Clock } from "@kreuz/codec";

/** What {@link ControlFrames} asks of its connection. */
export interface ControlFramesOwner {
  /** Charged for the PONGs that wait. */
  readonly account?: Account;
  /** Writes a PONG and calls `written` when it has left this process. */
  writePong(payload: Uint8Array, written: () => void): void;
  /** The peer sends more control frames than it may. */
  onFlood(failure: Error): void;
}

/**
 * Answers PINGs, and bounds how many control frames a peer may send. At most one PONG waits for a peer that does not read:
 * of the PINGs that come meanwhile only the last is answered, as RFC 6455 allows (section 5.5.3).
 */
export class ControlFrames {
  readonly #owner: ControlFramesOwner;
  readonly #clock: Pick<Clock, "now">;
  readonly #perSecond: number;
  #left: number;
  #refilled: number;
  #writing: Uint8Array | undefined;
  #next: Uint8Array | undefined;

  constructor(owner: ControlFramesOwner, clock: Pick<Clock, "now">, perSecond: number) {
    this.#owner = owner;
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#left = perSecond;
    this.#refilled = clock.now();
  }

  onPing(payload: Uint8Array): void {
    if (!this.#take()) return;
    this.#owner.account?.charge(payload.length);
    if (this.#writing === undefined) return this.#answer(payload);
    this.#refund(this.#next);
    this.#next = payload;
  }

  /** Every sign of life is as good: the keep-alive looks at the bytes that were read. */
  onPong(): void {
    this.#take();
  }

  #answer(payload: Uint8Array): void {
    this.#writing = payload;
    this.#owner.writePong(payload, () => this.#onWritten());
  }

  #onWritten(): void {
    this.#refund(this.#writing);
    this.#writing = undefined;
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) this.#answer(next);
  }

  #refund(payload: Uint8Array | undefined): void {
    if (payload !== undefined) this.#owner.account?.refund(payload.length);
  }

  #take(): boolean {
    if (this.#left < 1) this.#refill();
    if (--this.#left >= 0) return true;
    this.#left = 0;
    this.#owner.onFlood(
      new Error(`the peer sent more than ${this.#perSecond} control frames in a second (maxControlFramesPerSecond)`),
    );
    return false;
  }

  #refill(): void {
    const now = this.#clock.now();
    const gained = (Math.max(0, now - this.#refilled) / 1000) * this.#perSecond;
    this.#left = Math.min(this.#perSecond, this.#left + gained);
    this.#refilled = now;
  }
}
