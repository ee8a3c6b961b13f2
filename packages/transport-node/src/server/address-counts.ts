import type { Socket } from "node:net";

/** Counts what each address has, up to a maximum. Without an address, and without a maximum, nothing is counted. */
export class AddressCounts {
  readonly #max: number | undefined;
  readonly #counts = new Map<string, number>();

  constructor(max: number | undefined) {
    this.#max = max;
  }

  /** One more for `address`. @returns how to take it back, or `undefined` when it has as many as it may. */
  take(address: string | undefined): (() => void) | undefined {
    if (this.#max === undefined || address === undefined) return nothing;
    const count = this.#counts.get(address) ?? 0;
    if (count >= this.#max) return undefined;
    this.#counts.set(address, count + 1);
    let taken = true;
    return () => {
      if (taken) this.#giveBack(address);
      taken = false;
    };
  }

  /** One more for `address` until the socket closes. @returns `false` when it has as many as it may. */
  hold(socket: Socket, address: string | undefined): boolean {
    const giveBack = this.take(address);
    // Most count nothing, and a listener for each of many sockets has its price.
    if (giveBack !== undefined && giveBack !== nothing) socket.once("close", giveBack);
    return giveBack !== undefined;
  }

  #giveBack(address: string): void {
    const count = this.#counts.get(address) ?? 0;
    if (count > 1) this.#counts.set(address, count - 1);
    else this.#counts.delete(address);
  }
}

function nothing(): void {}
