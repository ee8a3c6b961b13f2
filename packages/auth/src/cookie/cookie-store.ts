import { ConfigError, systemClock, type Clock, type Uri } from "@kreuz/codec";
import { sha256 } from "@noble/hashes/sha2.js";
import { systemRandomBytes, toBytes, toHex, type RandomBytes } from "../bytes.js";

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
  /** Keeps the cookies across restarts. Default: a restart revokes them all. */
  readonly journal?: CookieJournal;
}

/** What is known of a cookie. Plain data, for a {@link CookieJournal}. */
export interface CookieRecord {
  /** When it expires, in milliseconds since the Unix epoch. */
  readonly end: number;
  /** By realm. Absent when it is revoked; it is kept until it expires, so that it is not bound again. */
  readonly identities?: Readonly<Record<Uri, CookieIdentity>>;
  /** The key of the cookie that replaced it. */
  readonly successor?: string;
}

/**
 * Keeps the cookies of a {@link MemoryCookieStore} durably. It gets the SHA-256 of each cookie as its key, so that nobody
 * who reads it can log in.
 */
export interface CookieJournal {
  /** All records, in any order. Called once. */
  load(): Iterable<readonly [key: string, record: CookieRecord]>;
  /** Writes a record, which may exist. A revocation (a record without identities) should be on disk when this returns. */
  put(key: string, record: CookieRecord): void;
  delete(key: string): void;
}

/**
 * Maps cookies to the identities of clients that logged in with them. A cookie is stored at login, not when it is issued,
 * so that strangers cannot fill the store. All methods are synchronous, because an opening handshake waits for them. To
 * keep cookies on a disk, give a {@link MemoryCookieStore} a {@link CookieJournal}.
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

const ID_BYTES = 32;
const ONE_DAY = 86_400_000;

/** Keeps cookies in memory, and in a journal if it has one. */
export class MemoryCookieStore implements CookieStore {
  readonly maxAge: number;
  readonly #maxCookies: number;
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  readonly #journal: CookieJournal | undefined;
  /** By the SHA-256 of their ids, in the order in which they expire. */
  readonly #records = new Map<string, CookieRecord>();

  /** @throws ConfigError when a limit is not a positive integer; whatever the journal throws. */
  constructor(options: CookieStoreOptions = {}) {
    const { maxAge = ONE_DAY, maxCookies = 100_000, clock = systemClock, random = systemRandomBytes } = options;
    for (const [name, value] of Object.entries({ maxAge, maxCookies }))
      if (!Number.isSafeInteger(value) || value < 1)
        throw new ConfigError(name, `expected a positive integer, got ${value}`);
    this.maxAge = maxAge;
    this.#maxCookies = maxCookies;
    this.#clock = clock;
    this.#random = random;
    this.#journal = options.journal;
    this.#load();
  }

  /** Cookies that identify somebody. Counts them. */
  get size(): number {
    return [...this.#records.keys()].filter((key) => this.#get(key)?.identities !== undefined).length;
  }

  issue(): string {
    return toHex(this.#random(ID_BYTES));
  }

  has(id: string): boolean {
    return this.#get(keyOf(id))?.identities !== undefined;
  }

  bind(id: string, realm: Uri, identity: CookieIdentity, replaced?: string): boolean {
    const key = keyOf(id);
    const known = this.#get(key);
    if (known !== undefined && known.identities === undefined) return false;
    const before = replaced === undefined ? undefined : this.#get(keyOf(replaced))?.identities;
    // Without a prototype: a realm may have any name.
    const identities: Record<Uri, CookieIdentity> = Object.assign(Object.create(null), before, known?.identities);
    identities[realm] = copyOf(identity);
    if (replaced !== undefined) this.#kill(keyOf(replaced), key);
    this.#records.delete(key);
    this.#makeRoom();
    this.#put(key, { end: this.#clock.now() + this.maxAge, identities });
    return true;
  }

  find(id: string, realm: Uri): CookieIdentity | undefined {
    const { identities } = this.#get(keyOf(id)) ?? {};
    return identities !== undefined && Object.hasOwn(identities, realm) ? identities[realm] : undefined;
  }

  revoke(id: string): void {
    for (let next: string | undefined = keyOf(id); next !== undefined;) {
      const successor: string | undefined = this.#get(next)?.successor;
      this.#kill(next);
      next = successor;
    }
  }

  /** Takes all identities from a cookie. */
  #kill(key: string, successor?: string): void {
    const record = this.#get(key);
    if (record === undefined) return;
    // In its place: the order of the records stays.
    this.#put(key, { end: record.end, ...(successor === undefined ? {} : { successor }) });
  }

  #put(key: string, record: CookieRecord): void {
    this.#records.set(key, record);
    this.#journal?.put(key, record);
  }

  #get(key: string): CookieRecord | undefined {
    const record = this.#records.get(key);
    return record === undefined || record.end <= this.#clock.now() ? undefined : record;
  }

  #load(): void {
    const records = [...(this.#journal?.load() ?? [])].toSorted(([, a], [, b]) => a.end - b.end);
    for (const [key, record] of records) this.#records.set(key, record);
    this.#makeRoom();
  }

  /** Drops expired cookies and, at the limit, the oldest. */
  #makeRoom(): void {
    const now = this.#clock.now();
    for (const [key, { end }] of this.#records) {
      if (end > now && this.#records.size < this.#maxCookies) return;
      this.#records.delete(key);
      this.#journal?.delete(key);
    }
  }
}

/** Nobody who can read the memory or the disk of a store learns a cookie. */
function keyOf(id: string): string {
  return toHex(sha256(toBytes(id)));
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
