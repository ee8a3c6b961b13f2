import { ConfigError, systemClock, type Clock } from "@kreuz/codec";
import type { AuthRequest } from "@kreuz/router";
import { peerNetwork } from "./attempts.js";

/** Settings of {@link HashQueue}. */
export interface HashQueueOptions {
  /** Hashes computed at the same time. Default 2: the platform computes up to four, and files and names need some too. */
  readonly concurrency?: number;
  /** Hashes that wait, of all clients. Default 1000. */
  readonly maxWaiting?: number;
  /** Hashes that wait, of one address; IPv6 addresses count by /64. Default 100. */
  readonly maxWaitingPerAddress?: number;
  /** Milliseconds that a hash waits. Default 10 000. */
  readonly maxWait?: number;
  readonly clock?: Clock;
}

/** A hash was not computed, because too many others wait or it waited too long. No attempt to log in is counted. */
export class HashQueueError extends Error {
  override readonly name = "HashQueueError";
}

interface Job {
  run(): void;
}

/**
 * Computes the slow hashes of tickets: a few at a time, and by turns for each address, so that one address with many
 * guesses delays the others by one hash at most. Share one queue between all stores of a process.
 */
export class HashQueue {
  readonly #options: Required<HashQueueOptions>;
  /** Jobs by network. The first network is the next to be served. */
  readonly #waiting = new Map<string, Job[]>();
  #size = 0;
  #running = 0;

  /** @throws ConfigError when a number is not a positive integer. */
  constructor(options: HashQueueOptions = {}) {
    const { concurrency = 2, maxWaiting = 1000, maxWaitingPerAddress = 100, maxWait = 10_000 } = options;
    const numbers = { concurrency, maxWaiting, maxWaitingPerAddress, maxWait };
    for (const [name, value] of Object.entries(numbers))
      if (!Number.isSafeInteger(value) || value < 1)
        throw new ConfigError(name, `expected a positive integer, got ${value}`);
    this.#options = { ...numbers, clock: options.clock ?? systemClock };
  }

  /** Hashes that wait. */
  get waiting(): number {
    return this.#size;
  }

  /**
   * Computes a hash when it is the turn of the client's address. While it waits, it is charged to the client's account.
   * @throws HashQueueError as a rejection; whatever `hash` throws.
   */
  run<T>({ transport: { peer = "" }, account }: AuthRequest, hash: () => Promise<T>): Promise<T> {
    const network = peerNetwork(peer);
    const { maxWaiting, maxWaitingPerAddress, maxWait, clock, concurrency } = this.#options;
    if (this.#running < concurrency) return this.#compute(hash);
    const jobs = this.#waiting.get(network) ?? [];
    const problem =
      this.#size >= maxWaiting
        ? `${maxWaiting} tickets wait to be hashed, the maximum of all clients (maxWaiting)`
        : jobs.length >= maxWaitingPerAddress
          ? `${maxWaitingPerAddress} tickets of this address wait to be hashed, the maximum (maxWaitingPerAddress)`
          : account?.reserve(0) === false
            ? "no memory is left for this client to wait for its ticket to be hashed"
            : undefined;
    if (problem !== undefined) return Promise.reject(new HashQueueError(problem));
    return new Promise((resolve, reject) => {
      const job: Job = {
        run: () => {
          cancel();
          account?.refund(0);
          resolve(this.#compute(hash));
        },
      };
      const cancel = clock.schedule(maxWait, () => {
        this.#remove(network, job);
        account?.refund(0);
        reject(new HashQueueError(`its ticket waited ${maxWait} ms to be hashed, the maximum (maxWait)`));
      });
      jobs.push(job);
      this.#waiting.set(network, jobs);
      this.#size++;
    });
  }

  async #compute<T>(hash: () => Promise<T>): Promise<T> {
    this.#running++;
    try {
      return await hash();
    } finally {
      this.#running--;
      this.#next();
    }
  }

  /** Serves the first network, which then goes to the end of the line. */
  #next(): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    const [network, jobs] = first;
    this.#waiting.delete(network);
    const job = jobs.shift();
    if (jobs.length > 0) this.#waiting.set(network, jobs);
    this.#size--;
    job?.run();
  }

  #remove(network: string, job: Job): void {
    const jobs = this.#waiting.get(network);
    const index = jobs?.indexOf(job) ?? -1;
    if (jobs === undefined || index < 0) return;
    jobs.splice(index, 1);
    if (jobs.length === 0) this.#waiting.delete(network);
    this.#size--;
  }
}
