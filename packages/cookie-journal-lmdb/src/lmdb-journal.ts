import { mkdirSync } from "node:fs";
import type { CookieJournal, CookieRecord } from "@kreuz/auth";
import { ConfigError } from "@kreuz/codec";
import { open } from "lmdb";

/** Settings of {@link cookieJournalLmdb}. */
export interface CookieJournalLmdbOptions {
  /** Folder for the database; created if missing. Only one router at a time may use it. */
  readonly path: string;
  /** Told of records that could not be written: the cookie works until the next restart. Default: nobody. */
  readonly onError?: (error: Error) => void;
}

/** A journal that can be closed. */
export interface LmdbCookieJournal extends CookieJournal {
  /** Resolves when everything is on disk. */
  close(): Promise<void>;
}

/**
 * Keeps the cookies of a `MemoryCookieStore` on disk, in LMDB. Logins are written in the background; a revocation is on
 * disk when `revoke` returns, so that no crash brings a revoked cookie back.
 *
 * @throws ConfigError when the path is missing; Error when the folder cannot be used.
 */
export function cookieJournalLmdb({ path, onError = () => {} }: CookieJournalLmdbOptions): LmdbCookieJournal {
  if (typeof path !== "string" || path === "")
    throw new ConfigError("path", "expected the path of a folder, as a non-empty string");
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const root = open<CookieRecord, string>({ path, encoding: "json", noSubdir: false });
  /** Writes in the background, by key. */
  const pending = new Map<string, number>();
  const write = async (key: string, record: CookieRecord): Promise<void> => {
    pending.set(key, (pending.get(key) ?? 0) + 1);
    try {
      await root.put(key, record);
    } catch (error) {
      failed(error);
    } finally {
      const left = (pending.get(key) ?? 1) - 1;
      if (left === 0) pending.delete(key);
      else pending.set(key, left);
    }
  };
  const failed = (error: unknown): void => onError(error instanceof Error ? error : new Error(String(error)));
  return {
    load: () => root.getRange().map(({ key, value }) => [key, value] as const),
    put(key, record) {
      if (record.identities === undefined) root.putSync(key, record);
      // A revocation is written in the background as well when its login still is, which would overwrite it.
      if (record.identities !== undefined || pending.has(key)) void write(key, record);
    },
    delete: (key) => void root.remove(key).catch(failed),
    async close() {
      await root.flushed;
      await root.close();
    },
  };
}
