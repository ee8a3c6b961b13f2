import type { CookieJournal, CookieRecord } from "@kreuz/auth";
import { type Clock, ConfigError, systemClock } from "@kreuz/codec";
import { DatabaseFolder, type FolderFormat, WriteRoom } from "@kreuz/lmdb-folder";
import { open, type RootDatabase } from "lmdb";
import { decodeRecord, encodeRecord } from "./cookie-record.js";

/** Settings of {@link cookieJournalLmdb}. */
export interface CookieJournalLmdbOptions {
  /** Folder for the database; created if missing, for this user alone. Only one router at a time can use it. */
  readonly path: string;
  /**
   * Told once when writing begins to fail, for example because the disk is full. What is not written is kept in memory and
   * tried again; it is lost only if the process ends before. Default: nobody.
   */
  readonly onError?: (error: Error) => void;
  /** Told when everything is written again. Default: nobody. */
  readonly onRecovered?: () => void;
  /** Told of damaged records, which are left out: their cookies identify nobody. Default: nobody. */
  readonly onDamage?: (records: number) => void;
  /** Clock of the pauses between failed writes. Default: the system clock. */
  readonly clock?: Clock;
}

/** A journal that can be closed. */
export interface LmdbCookieJournal extends CookieJournal {
  /** Resolves when everything is on disk. */
  close(): Promise<void>;
}

const FORMAT: FolderFormat = {
  name: "kreuz-cookies",
  version: 1,
  header: "cookies.json",
  option: "cookies.path",
  empty: "no cookies, so that everybody logs in anew",
  package: "@kreuz/cookie-journal-lmdb",
};
/** What the key of a revocation begins with; the others are hex digits. */
const REVOKED = "!";
/** Changes of one transaction, so that preparing it takes about a millisecond. */
const MAX_CHANGES_PER_COMMIT = 512;
/** Bytes of a record on disk, roughly. */
const BYTES_PER_CHANGE = 256;
/** Milliseconds until a failed write is tried again; doubled while it goes on. */
const MIN_PAUSE = 1_000;
const MAX_PAUSE = 8_000;

/**
 * Keeps the cookies of a `MemoryCookieStore` on disk, in LMDB. Logins are written in the background; a revocation is on
 * disk when `revoke` returns, so that no crash brings a revoked cookie back.
 *
 * @throws ConfigError when the path is missing, in use, damaged, or of a later version; Error when it cannot be used.
 */
export async function cookieJournalLmdb(options: CookieJournalLmdbOptions): Promise<LmdbCookieJournal> {
  const { path } = options;
  if (typeof path !== "string" || path === "")
    throw new ConfigError(FORMAT.option, "expected the path of a folder, as a non-empty string");
  const folder = await DatabaseFolder.open(path, FORMAT, 0o700);
  try {
    const journal = new Journal(folder, options);
    folder.opened();
    return journal;
  } catch (error) {
    folder.abandon();
    throw error;
  }
}

/** What is to be written, by key; `undefined` removes it. */
type Changes = Map<string, CookieRecord | undefined>;

class Journal implements LmdbCookieJournal {
  readonly #folder: DatabaseFolder;
  readonly #root: RootDatabase<Buffer, string>;
  readonly #room: WriteRoom;
  readonly #onError: (error: Error) => void;
  readonly #onRecovered: () => void;
  readonly #onDamage: (records: number) => void;
  readonly #clock: Clock;
  /** Not written yet. */
  readonly #changes: Changes = new Map();
  /** Being written. */
  #writing: Changes = new Map();
  #running: Promise<void> | undefined;
  #pause = 0;
  #endPause = (): void => {};
  #closing = false;

  constructor(folder: DatabaseFolder, options: CookieJournalLmdbOptions) {
    this.#folder = folder;
    this.#room = new WriteRoom(folder.path);
    this.#onError = options.onError ?? (() => {});
    this.#onRecovered = options.onRecovered ?? (() => {});
    this.#onDamage = options.onDamage ?? (() => {});
    this.#clock = options.clock ?? systemClock;
    // Without overlapping sync a commit is on disk when it is over.
    const settings = { path: folder.path, noSubdir: false, overlappingSync: false, eventTurnBatching: false };
    this.#root = open<Buffer, string>({ ...settings, encoding: "binary" });
  }

  *load(): Iterable<readonly [key: string, record: CookieRecord]> {
    const revoked = new Set<string>();
    let damaged = 0;
    // Revocations come first: they begin with a character that no other key begins with.
    for (const { key: stored, value } of this.#root.getRange()) {
      const record = decodeRecord(value);
      const key = stored.startsWith(REVOKED) ? stored.slice(REVOKED.length) : stored;
      if (key !== stored) revoked.add(key);
      else if (revoked.has(key)) continue;
      if (record === undefined) damaged++;
      else yield [key, record];
    }
    if (damaged > 0) this.#onDamage(damaged);
  }

  put(key: string, record: CookieRecord): void {
    if (record.identities === undefined) this.#revoke(key, record);
    else this.#changes.set(key, record);
    this.#start();
  }

  delete(key: string): void {
    this.#remove(key);
    this.#remove(REVOKED + key);
    this.#start();
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#endPause();
    await this.#running;
    await this.#root.close();
    this.#folder.close();
  }

  /** Writes a revocation at once. It has a key of its own, so that a login that is being written cannot overwrite it. */
  #revoke(key: string, record: CookieRecord): void {
    this.#remove(key);
    this.#changes.set(REVOKED + key, record);
    // A disk that fails is tried in the background only.
    if (this.#pause > 0) return;
    try {
      this.#root.putSync(REVOKED + key, encodeRecord(record));
      this.#changes.delete(REVOKED + key);
    } catch {
      // It is tried again in the background, which tells if it fails.
    }
  }

  /** What never was on disk needs no removal: a full disk must not make the list longer and longer. */
  #remove(key: string): void {
    if (this.#writing.has(key) || this.#root.doesExist(key)) this.#changes.set(key, undefined);
    else this.#changes.delete(key);
  }

  #start(): void {
    if (this.#changes.size > 0) this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // What else happens in this turn of the event loop takes part.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#changes.size > 0) {
      const written = await this.#writeSome();
      if (!written && this.#closing) break;
      if (!written) await this.#wait();
    }
    this.#running = undefined;
  }

  /** Writes some changes in one transaction. @returns whether it succeeded; otherwise they are to be written still. */
  async #writeSome(): Promise<boolean> {
    this.#writing = new Map([...this.#changes].slice(0, MAX_CHANGES_PER_COMMIT));
    for (const key of this.#writing.keys()) this.#changes.delete(key);
    try {
      await this.#room.check();
      await this.#root.batch(() => {
        for (const [key, record] of this.#writing)
          void (record === undefined ? this.#root.remove(key) : this.#root.put(key, encodeRecord(record)));
      });
      this.#succeeded();
      return true;
    } catch (error) {
      await this.#failed(error);
      return false;
    } finally {
      this.#writing = new Map();
    }
  }

  #succeeded(): void {
    this.#room.succeeded();
    if (this.#pause === 0 || this.#changes.size > 0) return;
    this.#pause = 0;
    this.#onRecovered();
  }

  async #failed(error: unknown): Promise<void> {
    for (const [key, record] of this.#writing) if (!this.#changes.has(key)) this.#changes.set(key, record);
    const cause = await this.#room.failed(error, this.#changes.size * BYTES_PER_CHANGE);
    if (this.#pause === 0) this.#onError(cause);
    this.#pause = Math.min(MAX_PAUSE, Math.max(MIN_PAUSE, this.#pause * 2));
  }

  async #wait(): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.schedule(this.#pause, resolve);
      this.#endPause = () => {
        cancel();
        resolve();
      };
    });
  }
}
