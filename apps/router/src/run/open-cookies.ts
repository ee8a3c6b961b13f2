import { type CookieJar, cookieJar, type CookieStore, MemoryCookieStore } from "@kreuz/auth";
import type { CookiesConfig } from "../config/auth-config.js";

/** Cookies as the transports set them, and who they stand for. */
export interface OpenCookies {
  readonly store: CookieStore;
  readonly jar: CookieJar;
}

/** One store for all transports and realms. */
export function openCookies(config: CookiesConfig | undefined): OpenCookies | undefined {
  if (config === undefined) return undefined;
  const { name, maxAgeMs, maxCookies, sameSite, secure } = config;
  const store = new MemoryCookieStore({ maxAge: maxAgeMs, maxCookies });
  const jar = cookieJar({
    store,
    sameSite,
    ...(name === undefined ? {} : { name }),
    ...(secure === undefined ? {} : { secure }),
  });
  return { store, jar };
}
