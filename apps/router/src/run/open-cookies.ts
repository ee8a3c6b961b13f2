import { resolve } from "node:path";
import { type CookieJar, cookieJar, type CookieJournal, type CookieStore, MemoryCookieStore } from "@kreuz/auth";
import type { Clock } from "@kreuz/codec";
import type { Logger } from "@kreuz/router";
import type { CookiesConfig } from "../config/auth-config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { StartError } from "./errors.js";
import { resolveModule } from "./resolve-module.js";

/** The cookies of all transports and realms. */
export interface Cookies {
  readonly store: CookieStore;
  readonly jar: CookieJar;
  /** Resolves when everything is on disk. */
  close(): Promise<void>;
}

/** A journal of the package that keeps cookies on disk. */
interface OpenJournal extends CookieJournal {
  close(): Promise<void>;
}

const JOURNAL_PACKAGE = "@kreuz/cookie-journal-lmdb";

/**
 * Opens the cookies of a config, if it has any.
 *
 * @throws StartError if they cannot be kept on disk.
 */
export async function openCookies(
  { config, folder }: LoadedConfig,
  { logger, clock }: { readonly logger: Logger; readonly clock: Clock },
): Promise<Cookies | undefined> {
  if (config.cookies === undefined) return undefined;
  const { name, maxAgeMs, maxCookies, sameSite, secure } = config.cookies;
  const journal = await openJournal(config.cookies, folder, logger);
  const store = new MemoryCookieStore({
    maxAge: maxAgeMs,
    maxCookies,
    clock,
    ...(journal === undefined ? {} : { journal }),
  });
  const jar = cookieJar({
    store,
    sameSite,
    ...(name === undefined ? {} : { name }),
    ...(secure === undefined ? {} : { secure }),
  });
  return { store, jar, close: async () => journal?.close() };
}

async function openJournal({ path }: CookiesConfig, folder: string, logger: Logger): Promise<OpenJournal | undefined> {
  if (path === undefined) return undefined;
  const onError = (error: Error): void =>
    logger.error({ error, path }, "cannot write to cookies.path; some logins will not survive a restart");
  try {
    const { cookieJournalLmdb } = (await import(resolveModule(JOURNAL_PACKAGE, folder))) as {
      cookieJournalLmdb(options: object): OpenJournal;
    };
    return cookieJournalLmdb({ path: resolve(folder, path), onError });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const missing = code === "MODULE_NOT_FOUND" || code === "ERR_MODULE_NOT_FOUND";
    const problem = missing ? `it needs a package; install it with: npm install ${JOURNAL_PACKAGE}` : message;
    throw new StartError(`cannot use cookies.path "${path}": ${problem}`, { cause: error });
  }
}
