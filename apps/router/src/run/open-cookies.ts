import { resolve } from "node:path";
import {
  type CookieAuthentication,
  cookieAuthentication,
  type CookieJar,
  cookieJar,
  type CookieJournal,
  MemoryCookieStore,
} from "@kreuz/auth";
import { type Clock, ConfigError } from "@kreuz/codec";
import type { Logger, Plugin, RealmContext } from "@kreuz/router";
import type { CookiesConfig } from "../config/auth-config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { StartError } from "./errors.js";
import { resolveModule } from "./resolve-module.js";

/** The cookies of all transports and realms. */
export interface Cookies {
  readonly authentication: CookieAuthentication;
  readonly jar: CookieJar;
  /** For each realm: they end cookies with their sessions, and report a disk that fails. */
  readonly plugins: readonly Plugin[];
  /** Resolves when everything is on disk. */
  close(): Promise<void>;
}

/** A journal of the package that keeps cookies on disk. */
interface OpenJournal extends CookieJournal {
  close(): Promise<void>;
}

/** What the package is told. */
interface JournalOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly onError: (error: Error) => void;
  readonly onRecovered: () => void;
  readonly onDamage: (records: number) => void;
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
  const health = new CookieHealth();
  const journal = await openJournal(config.cookies, folder, { logger, clock, health });
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
  const authentication = cookieAuthentication(store);
  return {
    authentication,
    jar,
    plugins: [authentication.plugin, health.plugin],
    close: async () => journal?.close(),
  };
}

async function openJournal(
  { path }: CookiesConfig,
  folder: string,
  { logger, clock, health }: { readonly logger: Logger; readonly clock: Clock; readonly health: CookieHealth },
): Promise<OpenJournal | undefined> {
  if (path === undefined) return undefined;
  const options: JournalOptions = {
    path: resolve(folder, path),
    clock,
    onError: (error) => {
      health.report(`cookies cannot be written to disk: ${error.message}`);
      logger.error(
        { error, path },
        `cookies cannot be written to cookies.path; logins and logouts since then are lost if the router ends before it works again: ${error.message}`,
      );
    },
    onRecovered: () => {
      health.report();
      logger.warn({ path }, "cookies are written to cookies.path again; none was lost");
    },
    onDamage: (records) =>
      logger.error(
        { path, records },
        `${records} damaged cookies in cookies.path are left out: their clients log in anew`,
      ),
  };
  try {
    const { cookieJournalLmdb } = (await import(resolveModule(JOURNAL_PACKAGE, folder))) as {
      cookieJournalLmdb(options: JournalOptions): Promise<OpenJournal>;
    };
    return await cookieJournalLmdb(options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const missing = code === "MODULE_NOT_FOUND" || code === "ERR_MODULE_NOT_FOUND";
    // It names the setting itself.
    if (error instanceof ConfigError) throw new StartError(`cannot keep cookies on disk: ${message}`, { cause: error });
    const problem = missing ? `it needs a package; install it with: npm install ${JOURNAL_PACKAGE}` : message;
    throw new StartError(`cannot use cookies.path "${path}": ${problem}`, { cause: error });
  }
}

/** Shows in the health of every realm that cookies cannot be written to disk. */
class CookieHealth {
  readonly plugin: Plugin = { name: "cookies", setup: (realm) => this.#add(realm) };
  readonly #realms = new Set<RealmContext>();
  #problem: string | undefined;

  /** @param problem - absent: all is well again. */
  report(problem?: string): void {
    this.#problem = problem;
    for (const realm of this.#realms) realm.health(problem);
  }

  #add(realm: RealmContext): void {
    this.#realms.add(realm);
    realm.defer(() => void this.#realms.delete(realm));
    if (this.#problem !== undefined) realm.health(this.#problem);
  }
}
