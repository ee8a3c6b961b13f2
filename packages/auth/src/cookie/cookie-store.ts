import { ConfigError, systemClock, type Clock, type Uri } from "@kreuz/codec";
import { systemRandomBytes, toHex, type RandomBytes } from "../bytes.js";

/** Who a client with a cookie is in one realm. */
export interface CookieIdentity {
  readonly authid: string;
  readonly authrole: string;
  readonly authprovider: string;
}

/** Settings of {@link MemoryCookieStore}. */
export interface CookieStoreOptions {
  /** Milliseconds that a cookie is valid after login. Default 86 400 000 (one day). */
  readonly maxAge?: number;
  /** Limit on cookies; beyond it, the oldest login is forgotten. Default 100 000. */
  readonly maxCookies?: number;
  readonly clock?: Clock;
  /** Source of cookie ids. Default: the platform's cryptographic generator. */
  readonly random?: RandomBytes;
}

/**
 * Maps cookies to the identities of clients that logged in with them. A cookie is stored at login, not when it is issued,
 * so that strangers cannot fill the store. All methods are synchronous, because an opening handshake waits for them.
 */
export interface CookieStore {
  /** Milliseconds that a cookie is valid after login. */
  readonly maxAge: number;
  /** Creates an unguessable id. */
  issue(): string;
  /** Whether a client has logged in with the cookie, and the cookie is neither expired nor revoked. */
  has(id: string): boolean;
  /** Records a login: from now on the cookie identifies this client in this realm. */
  bind(id: string, realm: Uri, identity: CookieIdentity): void;
  /** The identity in a realm, or `undefined` when there is none. */
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

/** Keeps cookies in memory: a restart of the process revokes them all. */
export class MemoryCookieStore implements CookieStore {
  readonly maxAge: number;
  readonly #maxCookies: number;
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  /** In the order in which they expire. */
  readonly #entries = new Map<string, Entry>();

  /** @throws ConfigError when a limit is not a positive integer. */
  constructor(options: CookieStoreOptions = {}) {
    const { maxAge = ONE_DAY, maxCookies = 100_000, clock = systemClock, random = systemRandomBytes } = options;
    for (const [name, value] of Object.entries({ maxAge, maxCookies }))
      if (!Number.isSafeInteger(value) || value < 1)
        throw new ConfigError(name, `expected a positive integer, got ${value}`);
    this.maxAge = maxAge;
    this.#maxCookies = maxCookies;
    this.#clock = clock;
    this.#random = random;
  }

  get size(): number {
    return this.#entries.size;
  }

  issue(): string {
    return toHex(this.#random(ID_BYTES));
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

  /** Drops expired cookies and, at the limit, the oldest. */
  #makeRoom(): void {
    const now = this.#clock.now();
    for (const [id, { end }] of this.#entries) {
      if (end > now && this.#entries.size < this.#maxCookies) return;
      this.#entries.delete(id);
    }
  }
}
