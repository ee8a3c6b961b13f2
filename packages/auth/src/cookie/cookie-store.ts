import { ConfigError, systemClock, type Clock, type Uri } from "@kreuz/codec";
import { randomOctets, toHex } from "../bytes.js";

/** Who a cookie stands for in one realm. */
export interface CookieIdentity {
  readonly authid: string;
  readonly authrole: string;
  readonly authprovider: string;
}

/** Settings of {@link MemoryCookieStore}. */
export interface CookieStoreOptions {
  /** Milliseconds that a cookie is good for after its client logged in. Default one day. */
  readonly maxAge?: number;
  /** Cookies kept at most; at that many the oldest gives way. Default 100 000. */
  readonly maxCookies?: number;
  readonly clock?: Clock;
}

/**
 * Cookies that stand for somebody. Answers at once: an opening handshake waits for it. A cookie that nobody has logged
 * in with is not kept: strangers cannot fill the store, and an id that somebody plants with another is worth nothing.
 */
export interface CookieStore {
  /** Milliseconds that a cookie is good for. */
  readonly maxAge: number;
  /** A new id that nobody can guess. */
  issue(): string;
  /** Whether somebody logged in with it, it is not too old, and it was not revoked. */
  has(id: string): boolean;
  /** From now on the cookie stands for somebody in this realm. */
  bind(id: string, realm: Uri, identity: CookieIdentity): void;
  find(id: string, realm: Uri): CookieIdentity | undefined;
  /** Forgets the cookie, in every realm. */
  revoke(id: string): void;
}

interface Entry {
  readonly end: number;
  readonly identities: Map<Uri, CookieIdentity>;
}

const ID_BYTES = 32;
const ONE_DAY = 86_400_000;

/** Cookies in memory: a restart of the process revokes them all. */
export class MemoryCookieStore implements CookieStore {
  readonly maxAge: number;
  readonly #maxCookies: number;
  readonly #clock: Clock;
  /** In the order of their end. */
  readonly #entries = new Map<string, Entry>();

  /** @throws ConfigError when a bound is not a positive integer. */
  constructor({ maxAge = ONE_DAY, maxCookies = 100_000, clock = systemClock }: CookieStoreOptions = {}) {
    for (const [name, value] of Object.entries({ maxAge, maxCookies }))
      if (!Number.isSafeInteger(value) || value < 1) throw new ConfigError(name, "expected a positive integer");
    this.maxAge = maxAge;
    this.#maxCookies = maxCookies;
    this.#clock = clock;
  }

  get size(): number {
    return this.#entries.size;
  }

  issue(): string {
    return toHex(randomOctets(ID_BYTES));
  }

  has(id: string): boolean {
    return this.#get(id) !== undefined;
  }

  bind(id: string, realm: Uri, { authid, authrole, authprovider }: CookieIdentity): void {
    const identities = this.#get(id)?.identities ?? new Map<Uri, CookieIdentity>();
    this.#entries.delete(id);
    this.#makeRoom();
    this.#entries.set(id, { end: this.#clock.now() + this.maxAge, identities });
    identities.set(realm, { authid, authrole, authprovider });
  }

  find(id: string, realm: Uri): CookieIdentity | undefined {
    return this.#get(id)?.identities.get(realm);
  }

  revoke(id: string): void {
    this.#entries.delete(id);
  }

  #get(id: string): Entry | undefined {
    const entry = this.#entries.get(id);
    return entry === undefined || entry.end <= this.#clock.now() ? undefined : entry;
  }

  /** Drops what is over, and the oldest where there are too many. */
  #makeRoom(): void {
    const now = this.#clock.now();
    for (const [id, { end }] of this.#entries) {
      if (end > now && this.#entries.size < this.#maxCookies) return;
      this.#entries.delete(id);
    }
  }
}
