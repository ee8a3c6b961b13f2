import { ConfigError, systemClock, type Clock, type Uri } from "@kreuz/codec";
import { systemRandomBytes, toHex, type RandomBytes } from "../bytes.js";

/** Who a client with a cookie is in one realm, and how it proved that. */
export interface CookieIdentity {
  readonly authid: string;
  readonly authrole: string;
  readonly authprovider: string;
  /** The method by which the client logged in, which is asked again at each login by cookie. */
  readonly authmethod: string;
  /** The authid that the client asked for; the account may have given it another one. */
  readonly loginAuthid?: string;
  /** The public key that it proved, for cryptosign. */
  readonly pubkey?: string;
}

/** Settings of {@link MemoryCookieStore}. */
export interface CookieStoreOptions {
  /** Milliseconds that a cookie is valid after login. Default 86 400 000 (one day). */
  readonly maxAge?: number;
  /** Limit on cookies, revoked ones included until they expire; beyond it, the oldest login is forgotten. Default 100 000. */
  readonly maxCookies?: number;
  readonly clock?: Clock;
  /** Source of cookie ids. Default: the platform's cryptographic generator. */
  readonly random?: RandomBytes;
}

/**
 * Maps cookies to the identities of clients that logged in with them. A cookie is stored at login, not when it is issued,
 * so that strangers cannot fill the store. All methods are synchronous, because an opening handshake waits for them. A
 * store that keeps its cookies on a disk should keep hashes of the ids: they are as good as passwords.
 */
export interface CookieStore {
  /** Milliseconds that a cookie is valid after login. */
  readonly maxAge: number;
  /** Creates an unguessable id. */
  issue(): string;
  /** Whether a client has logged in with the cookie, and the cookie is neither expired nor revoked. */
  has(id: string): boolean;
  /**
   * Records a login: from now on the cookie identifies this client in this realm.
   *
   * @param replaced - a cookie that identifies the client in other realms: the new cookie takes these identities over, and
   * the old one identifies nobody from then on. To revoke the old one revokes the new one.
   * @returns `false` when the cookie was revoked or replaced: it never identifies anybody again.
   */
  bind(id: string, realm: Uri, identity: CookieIdentity, replaced?: string): boolean;
  /** The identity in a realm, or `undefined` when there is none. */
  find(id: string, realm: Uri): CookieIdentity | undefined;
  /** Revokes the cookie in every realm, and the one that replaced it. */
  revoke(id: string): void;
}

/** A cookie. Without identities it is revoked, and kept so that it is not bound again. */
interface Entry {
  readonly end: number;
  readonly identities: Map<Uri, CookieIdentity> | undefined;
  /** The cookie that replaced it. */
  readonly successor?: string;
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

  /** Cookies that identify somebody. Counts them. */
  get size(): number {
    return [...this.#entries.keys()].filter((id) => this.has(id)).length;
  }

  issue(): string {
    return toHex(this.#random(ID_BYTES));
  }

  has(id: string): boolean {
    return this.#get(id)?.identities !== undefined;
  }

  bind(id: string, realm: Uri, identity: CookieIdentity, replaced?: string): boolean {
    const known = this.#get(id);
    if (known !== undefined && known.identities === undefined) return false;
    const before = replaced === undefined ? undefined : this.#get(replaced)?.identities;
    const identities = new Map([...(before ?? []), ...(known?.identities ?? []), [realm, copyOf(identity)]]);
    if (replaced !== undefined) this.#kill(replaced, id);
    this.#entries.delete(id);
    this.#makeRoom();
    this.#entries.set(id, { end: this.#clock.now() + this.maxAge, identities });
    return true;
  }

  find(id: string, realm: Uri): CookieIdentity | undefined {
    return this.#get(id)?.identities?.get(realm);
  }

  revoke(id: string): void {
    for (let next: string | undefined = id; next !== undefined;) {
      const successor: string | undefined = this.#get(next)?.successor;
      this.#kill(next);
      next = successor;
    }
  }

  /** Takes all identities from a cookie. */
  #kill(id: string, successor?: string): void {
    const entry = this.#get(id);
    if (entry === undefined) return;
    const { end } = entry;
    // In its place: the order of the entries stays.
    this.#entries.set(id, { end, identities: undefined, ...(successor === undefined ? {} : { successor }) });
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

/** Field by field, so that nothing else of a client gets into a store. */
function copyOf(identity: CookieIdentity): CookieIdentity {
  const { authid, authrole, authprovider, authmethod, loginAuthid, pubkey } = identity;
  return {
    authid,
    authrole,
    authprovider,
    authmethod,
    ...(loginAuthid === undefined ? {} : { loginAuthid }),
    ...(pubkey === undefined ? {} : { pubkey }),
  };
}
