import { ConfigError, type Clock } from "@kreuz/codec";

/** How many failures are too many. */
export interface AttemptLimit {
  /** Failures within a window, after which nothing more is tried until it is over. */
  readonly failures: number;
  /** Milliseconds, from the first attempt on. */
  readonly window: number;
}

interface Count {
  readonly end: number;
  failures: number;
  pending: number;
}

/** A herd of processes that share an authid and come back at once is no attack. */
const MAX_PENDING = 100;

/** Counts failures by name, of a bounded number of names. */
export class Attempts {
  readonly #limit: AttemptLimit;
  readonly #maxNames: number;
  readonly #clock: Clock;
  /** In the order in which they were made, which is that of their end. */
  readonly #counts = new Map<string, Count>();

  /** @throws ConfigError when a number is not a positive integer. */
  constructor(limit: AttemptLimit, maxNames: number, clock: Clock) {
    for (const [name, value] of Object.entries({ ...limit, maxNames }))
      if (!Number.isSafeInteger(value) || value < 1) throw new ConfigError(name, "expected a positive integer");
    this.#limit = limit;
    this.#maxNames = maxNames;
    this.#clock = clock;
  }

  /** Names that are remembered now. */
  get size(): number {
    return this.#counts.size;
  }

  /** Whether there were as many failures as there may be. */
  isSpent(name: string): boolean {
    return (this.#current(name)?.failures ?? 0) >= this.#limit.failures;
  }

  /** Whether as many attempts are being judged as may be at one time. Without it, those would all get past the limit. */
  isBusy(name: string): boolean {
    return (this.#current(name)?.pending ?? 0) >= MAX_PENDING;
  }

  /** An attempt is being judged. {@link end} follows. */
  start(name: string): void {
    this.#change(name, 0, 1);
  }

  end(name: string, failed: boolean): void {
    this.#change(name, failed ? 1 : 0, -1);
  }

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

  /** Drops what is over, and the oldest where there are too many. */
  #makeRoom(): void {
    const now = this.#clock.now();
    for (const [name, { end }] of this.#counts) {
      if (end > now && this.#counts.size < this.#maxNames) return;
      this.#counts.delete(name);
    }
  }
}

/**
 * The network that a peer's address counts for: an IPv4 address, or the first 64 bits of an IPv6 one, which is what a
 * single customer has at least.
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
