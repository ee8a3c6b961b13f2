import { ConfigError, type Clock } from "@kreuz/codec";

/** A limit on failed attempts. */
export interface AttemptLimit {
  /** Failures in one window; further attempts are denied until the window ends. */
  readonly failures: number;
  /** Length of the window in milliseconds; it starts with the first attempt. */
  readonly window: number;
}

interface Count {
  readonly end: number;
  failures: number;
  pending: number;
}

/** High enough for many processes that share an authid and reconnect at the same time. */
const MAX_PENDING = 100;

/** Counts failures by name (an authid or an address), for a bounded number of names. */
export class Attempts {
  readonly #limit: AttemptLimit;
  readonly #maxNames: number;
  readonly #clock: Clock;
  /** In the order in which they expire. */
  readonly #counts = new Map<string, Count>();

  /** @throws ConfigError when a number is not a positive integer. */
  constructor(limit: AttemptLimit, maxNames: number, clock: Clock) {
    for (const [name, value] of Object.entries({ ...limit, maxNames }))
      if (!Number.isSafeInteger(value) || value < 1)
        throw new ConfigError(name, `expected a positive integer, got ${value}`);
    this.#limit = limit;
    this.#maxNames = maxNames;
    this.#clock = clock;
  }

  /** Names with a count. */
  get size(): number {
    return this.#counts.size;
  }

  /** Whether the failures have reached the limit. */
  isBlocked(name: string): boolean {
    return (this.#current(name)?.failures ?? 0) >= this.#limit.failures;
  }

  /** Whether the limit on attempts in progress is reached. Without it, parallel attempts would get past the other limit. */
  isBusy(name: string): boolean {
    return (this.#current(name)?.pending ?? 0) >= MAX_PENDING;
  }

  /** An attempt is in progress until {@link end}. */
  start(name: string): void {
    this.#change(name, 0, 1);
  }

  /** The attempt is over. */
  end(name: string, failed: boolean): void {
    this.#change(name, failed ? 1 : 0, -1);
  }

  /** An attempt failed that was never in progress. */
  fail(name: string): void {
    this.#change(name, 1, 0);
  }

  #change(name: string, failures: number, pending: number): void {
    const count = this.#current(name) ?? this.#begin(name);
    count.failures += failures;
    count.pending = Math.max(0, count.pending + pending);
    if (count.failures === 0 && count.pending === 0) this.#counts.delete(name);
  }

  #begin(name: string): Count {
    const count = { end: this.#clock.now() + this.#limit.window, failures: 0, pending: 0 };
    this.#counts.delete(name);
    this.#makeRoom();
    this.#counts.set(name, count);
    return count;
  }

  #current(name: string): Count | undefined {
    const count = this.#counts.get(name);
    return count === undefined || count.end <= this.#clock.now() ? undefined : count;
  }

  /** Drops expired counts and, at the limit, the oldest. */
  #makeRoom(): void {
    const now = this.#clock.now();
    for (const [name, { end }] of this.#counts) {
      if (end > now && this.#counts.size < this.#maxNames) return;
      this.#counts.delete(name);
    }
  }
}

/**
 * The network of a peer: its IPv4 address, or the /64 prefix of its IPv6 address, the smallest that a customer gets.
 *
 * @param peer - as `TransportInfo.peer`: `127.0.0.1:53122`, `[::1]:53122`.
 */
export function peerNetwork(peer: string): string {
  const bracketed = /^\[([^\]%]*)/.exec(peer)?.[1];
  if (bracketed === undefined) return peer.replace(/:\d+$/, "");
  const [before = "", after] = bracketed.toLowerCase().split("::");
  const groups = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const head = groups(before);
  const tail = groups(after ?? "");
  const zeros = Array.from({ length: after === undefined ? 0 : Math.max(0, 8 - head.length - tail.length) }, () => "0");
  const full = [...head, ...zeros, ...tail].map((group) => group.replace(/^0+(?=.)/, ""));
  return `${full.slice(0, 4).join(":")}::/64`;
}
