export { cookieAuthentication } from "./cookie-authentication.js";
export type { CookieAuthentication } from "./cookie-authentication.js";
export { cookieJar } from "./cookie-jar.js";
export type { CookieJar, CookieJarOptions, HandshakeCookie } from "./cookie-jar.js";
export { MemoryCookieStore } from "./cookie-store.js";
export type { CookieIdentity, CookieJournal, CookieRecord, CookieStore, CookieStoreOptions } from "./cookie-store.js";
