import type { LimitName } from "@kreuz/transport-node";

/** Counts how often each limit of the transports was hit. */
export class TransportCounters {
  readonly #counters = new Map<LimitName, number>();

  count(limit: LimitName): void {
    this.#counters.set(limit, this.get(limit) + 1);
  }

  get(limit: LimitName): number {
    return this.#counters.get(limit) ?? 0;
  }
}
