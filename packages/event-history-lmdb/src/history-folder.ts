import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "@kreuz/codec";
import { checkDatabase, DatabaseDamage, metaChecksum } from "./database-check.js";
import { FolderLock } from "./folder-lock.js";

const HEADER_FILE = "history.json";
const DATABASE_FILE = "data.mdb";
const FORMAT = "kreuz-event-history";
/** Version of the databases in the folder and of their keys. Records have a version of their own. */
const VERSION = 1;

/** The database file as it was closed. */
interface Closed {
  readonly size: number;
  readonly modified: number;
  readonly checksum: number;
}

interface Header {
  readonly format: typeof FORMAT;
  readonly version: number;
  /** Absent while the database is open, and after a crash. */
  readonly closed?: Closed;
}

/**
 * The folder of one realm's history: a lock, a header that says which version wrote it and how it was closed, and the
 * files of LMDB. A database that was not closed, or has changed since, is checked page by page before LMDB maps it.
 */
export class HistoryFolder {
  readonly path: string;
  readonly #lock: FolderLock;

  private constructor(path: string, lock: FolderLock) {
    this.path = path;
    this.#lock = lock;
  }

  /** @throws ConfigError when the folder is in use, damaged, or of a later version. */
  static async open(path: string): Promise<HistoryFolder> {
    mkdirSync(path, { recursive: true });
    const folder = new HistoryFolder(path, new FolderLock(path));
    try {
      await folder.#check();
    } catch (error) {
      folder.#lock.release();
      throw error;
    }
    return folder;
  }

  /** To be called when LMDB has created its files. */
  opened(): void {
    this.#write({ format: FORMAT, version: VERSION });
  }

  /** To be called when LMDB has closed its files. */
  close(): void {
    try {
      this.#write({ format: FORMAT, version: VERSION, closed: stateOf(join(this.path, DATABASE_FILE)) });
    } finally {
      this.#lock.release();
    }
  }

  /** Gives the folder back without a word about its state. */
  abandon(): void {
    this.#lock.release();
  }

  async #check(): Promise<void> {
    const header = this.#read();
    const file = join(this.path, DATABASE_FILE);
    if (!existsSync(file)) {
      if (header === undefined) return;
      throw problem(`${file} is missing; restore it, or delete ${this.path} to start with an empty history`);
    }
    // What LMDB leaves when it was interrupted before it wrote anything.
    if (header === undefined && statSync(file).size === 0) return;
    try {
      if (header?.closed !== undefined && isUnchanged(header.closed, stateOf(file))) return;
      await checkDatabase(file);
    } catch (error) {
      if (!(error instanceof DatabaseDamage)) throw error;
      throw problem(
        `${file} is damaged: ${error.message}; restore it from a backup, or move ${this.path} away to start with an empty history`,
      );
    }
  }

  /** @returns `undefined` when there is none, or it was torn by a crash: then the database is checked. */
  #read(): Header | undefined {
    const file = join(this.path, HEADER_FILE);
    let header: Partial<Header>;
    try {
      header = JSON.parse(readFileSync(file, "utf8")) as Partial<Header>;
    } catch {
      return undefined;
    }
    if (header?.format !== FORMAT || typeof header.version !== "number") return undefined;
    if (header.version > VERSION)
      throw problem(
        `${file} says version ${header.version}, this router reads up to ${VERSION}; update @kreuz/event-history-lmdb, or use another folder`,
      );
    return header as Header;
  }

  #write(header: Header): void {
    const file = join(this.path, HEADER_FILE);
    writeFileSync(`${file}.new`, `${JSON.stringify(header)}\n`);
    renameSync(`${file}.new`, file);
  }
}

function stateOf(file: string): Closed {
  const { size, mtimeMs } = statSync(file);
  return { size, modified: mtimeMs, checksum: metaChecksum(file) };
}

function isUnchanged(before: Closed, now: Closed): boolean {
  return before.size === now.size && before.modified === now.modified && before.checksum === now.checksum;
}

function problem(message: string): ConfigError {
  return new ConfigError("eventStore.path", message);
}
