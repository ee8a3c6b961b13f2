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

/** Attempts that wait in one line: high enough for many processes that share an authid and reconnect at the same time. */
const MAX_LINE = 1000;

/** Called when it may be one's turn. */
type Waiter = () => void;

interface Line {
  readonly waiters: Waiter[];
  moving: boolean;
}

/**
 * Counts failures by name (an authid, an address or both), for a bounded number of names. Attempts in progress count like
 * failures until they succeed: further ones wait in line.
 */
export class Attempts {
  readonly #limit: AttemptLimit;
  readonly #maxNames: number;
  readonly #clock: Clock;
  /** In the order in which they expire. */
  readonly #counts = new Map<string, Count>();
  readonly #lines = new Map<string, Line>();

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

  /** How many failures of a name are too many, and when it is free again: for the log. */
  describe(name: string): string {
    const { failures, window } = this.#limit;
    const left = Math.max(0, (this.#current(name)?.end ?? 0) - this.#clock.now());
    return `${failures} failed in ${window} ms, the maximum; it is free again in ${left} ms`;
  }

  /** Whether the failures have reached the limit. */
  isBlocked(name: string): boolean {
    return (this.#current(name)?.failures ?? 0) >= this.#limit.failures;
  }

  /** Whether the limit would be reached if all attempts in progress failed. */
  isFull(name: string): boolean {
    const { failures = 0, pending = 0 } = this.#current(name) ?? {};
    return failures + pending >= this.#limit.failures;
  }

  /** Waits in line for an attempt in progress to end. @returns `false` when the line is too long. */
  wait(name: string, waiter: Waiter): boolean {
    const line = this.#lines.get(name) ?? { waiters: [], moving: false };
    if (line.waiters.length >= MAX_LINE) return false;
    line.waiters.push(waiter);
    this.#lines.set(name, line);
    return true;
  }

  /** Leaves the line. */
  giveUp(name: string, waiter: Waiter): void {
    const line = this.#lines.get(name);
    if (line === undefined) return;
    line.waiters.splice(0, Infinity, ...line.waiters.filter((other) => other !== waiter));
    if (line.waiters.length === 0) this.#lines.delete(name);
  }

  /** An attempt is in progress until {@link end}. */
  start(name: string): void {
    this.#change(name, 0, 1);
  }

  /** The attempt is over. */
  end(name: string, failed: boolean): void {
    this.#change(name, failed ? 1 : 0, -1);
    this.#moveLine(name);
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

  /** Calls those in line: as many as there is room for, or all when the name is blocked, so that they are denied. */
  #moveLine(name: string): void {
    const line = this.#lines.get(name);
    if (line === undefined || line.moving) return;
    line.moving = true;
    while (line.waiters.length > 0 && (this.isBlocked(name) || !this.isFull(name))) line.waiters.shift()?.();
    line.moving = false;
    if (line.waiters.length === 0) this.#lines.delete(name);
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
