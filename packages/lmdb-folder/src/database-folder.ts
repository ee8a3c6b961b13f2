import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "@kreuz/codec";
import { checkDatabase, DatabaseDamage, metaChecksum } from "./database-check.js";
import { FolderLock } from "./folder-lock.js";

const DATABASE_FILE = "data.mdb";
/** LMDB's own lock file, which it maps into memory; a little longer than LMDB makes it. */
const READERS_FILE = "lock.mdb";
const READERS_FILE_LENGTH = 16_384;

/** What is in a folder. */
export interface FolderFormat {
  /** Name in the header. */
  readonly name: string;
  /** Version of the databases in the folder and of their keys. */
  readonly version: number;
  /** File name of the header. */
  readonly header: string;
  /** The setting that names the folder, for errors. */
  readonly option: string;
  /** What one has after deleting the folder, for errors: `an empty history`. */
  readonly empty: string;
  /** The package to update for a later version, for errors. */
  readonly package: string;
}

/** The database file as it was closed. */
interface Closed {
  readonly size: number;
  readonly modified: number;
  readonly checksum: number;
}

interface Header {
  readonly format: string;
  readonly version: number;
  /** Absent while the database is open, and after a crash. */
  readonly closed?: Closed;
}

/**
 * The folder of an LMDB database: a lock, a header that says which version wrote it and how it was closed, and the files
 * of LMDB. A database that was not closed, or has changed since, is checked page by page before LMDB maps it.
 */
export class DatabaseFolder {
  readonly path: string;
  readonly #format: FolderFormat;
  readonly #lock: FolderLock;

  private constructor(path: string, format: FolderFormat, lock: FolderLock) {
    this.path = path;
    this.#format = format;
    this.#lock = lock;
  }

  /**
   * Takes the folder, and creates it if it is missing. Open the database afterwards, with `noSubdir: false`.
   *
   * @param mode - permissions of a new folder.
   * @throws ConfigError when the folder is in use, damaged, of a later version, or on a full disk.
   */
  static async open(path: string, format: FolderFormat, mode?: number): Promise<DatabaseFolder> {
    try {
      mkdirSync(path, { recursive: true, ...(mode === undefined ? {} : { mode }) });
      const folder = new DatabaseFolder(path, format, new FolderLock(path, format.option));
      try {
        await folder.#check();
        folder.#allocateReaders();
      } catch (error) {
        folder.#lock.release();
        throw error;
      }
      return folder;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
      throw new ConfigError(format.option, `the disk of ${path} is full; make room, or use another folder`);
    }
  }

  /** To be called when LMDB has created its files. */
  opened(): void {
    this.#write();
  }

  /** To be called when LMDB has closed its files. */
  close(): void {
    try {
      this.#write(stateOf(join(this.path, DATABASE_FILE)));
    } catch {
      // A full disk: nothing is lost, the next one to open the folder checks the database.
    } finally {
      this.#lock.release();
    }
  }

  /** Gives the folder back without a word about its state: the next one to open it checks the database. */
  abandon(): void {
    this.#lock.release();
  }

  async #check(): Promise<void> {
    const header = this.#read();
    const file = join(this.path, DATABASE_FILE);
    if (!existsSync(file)) {
      if (header === undefined) return;
      throw this.#problem(`${file} is missing; restore it, or delete ${this.path} to start with ${this.#format.empty}`);
    }
    // What LMDB leaves when it was interrupted before it wrote anything.
    if (header === undefined && statSync(file).size === 0) return;
    try {
      if (header?.closed !== undefined && isUnchanged(header.closed, stateOf(file))) return;
      await checkDatabase(file);
    } catch (error) {
      if (!(error instanceof DatabaseDamage)) throw error;
      throw this.#problem(
        `${file} is damaged: ${error.message}; restore it from a backup, or move ${this.path} away to start with ${this.#format.empty}`,
      );
    }
  }

  /**
   * Gives LMDB's lock file its room on the disk: LMDB leaves holes in it, and would crash the process when it needs one of
   * them while the disk is full.
   */
  #allocateReaders(): void {
    const file = join(this.path, READERS_FILE);
    const found = statSync(file, { throwIfNoEntry: false });
    if (found !== undefined && found.size >= READERS_FILE_LENGTH) return;
    try {
      writeFileSync(file, new Uint8Array(READERS_FILE_LENGTH));
    } catch (error) {
      rmSync(file, { force: true });
      throw error;
    }
  }

  /** @returns `undefined` when there is none, or it was torn by a crash: then the database is checked. */
  #read(): Header | undefined {
    const { name, version, header, package: packageName } = this.#format;
    const file = join(this.path, header);
    let found: Partial<Header>;
    try {
      found = JSON.parse(readFileSync(file, "utf8")) as Partial<Header>;
    } catch {
      return undefined;
    }
    if (found?.format !== name || typeof found.version !== "number") return undefined;
    if (found.version > version)
      throw this.#problem(
        `${file} says version ${found.version}, this router reads up to ${version}; update ${packageName}, or use another folder`,
      );
    return found as Header;
  }

  #write(closed?: Closed): void {
    const { name, version, header } = this.#format;
    const content: Header = { format: name, version, ...(closed === undefined ? {} : { closed }) };
    const file = join(this.path, header);
    writeFileSync(`${file}.new`, `${JSON.stringify(content)}\n`);
    renameSync(`${file}.new`, file);
  }

  #problem(message: string): ConfigError {
    return new ConfigError(this.#format.option, message);
  }
}

function stateOf(file: string): Closed {
  const { size, mtimeMs } = statSync(file);
  return { size, modified: mtimeMs, checksum: metaChecksum(file) };
}

function isUnchanged(before: Closed, now: Closed): boolean {
  return before.size === now.size && before.modified === now.modified && before.checksum === now.checksum;
}
