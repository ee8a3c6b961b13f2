import { ConfigError } from "@kreuz/codec";
import type { CookieStore } from "./cookie-store.js";

/** Settings of {@link cookieJar}. */
export interface CookieJarOptions {
  readonly store: CookieStore;
  /** Default `__Host-kreuz` over TLS, which no other host can set; `kreuz` without TLS. */
  readonly name?: string;
  /** Default `Lax`. `None` lets pages of other sites use the cookie; it requires TLS. */
  readonly sameSite?: "Strict" | "Lax" | "None";
  /** Default: whether the listener has TLS. Set `true` when a proxy in front of the router terminates TLS. */
  readonly secure?: boolean;
  /** The path of the cookie. Default `/`. */
  readonly path?: string;
}

/** The cookie of an opening handshake. */
export interface HandshakeCookie {
  /** Passed to the authenticators as evidence. */
  readonly id: string;
  /** A fresh cookie, when `id` identifies somebody already: a login as somebody else needs one. Evidence as well. */
  readonly nextId?: string;
  /** Value for `Set-Cookie`: of the fresh cookie, or of `id` when the client did not send a valid cookie. */
  readonly setCookie?: string;
  /** The client sent more cookies of one name than are looked at. */
  readonly tooMany?: boolean;
}

/** Reads and sets the cookie of an HTTP upgrade request, for a WebSocket listener. */
export type CookieJar = (request: {
  readonly cookieHeader: string | undefined;
  readonly tls: boolean;
}) => HandshakeCookie;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * Makes the cookies for `listenWebSocket`: opaque, HttpOnly, SameSite, and Secure over TLS. An id that the store does not
 * know is replaced: otherwise an attacker could plant a cookie in a browser and wait for its login (session fixation).
 * Because a cookie can be set in an opening handshake only, a client with a valid cookie gets a fresh one as well, under a
 * second name that ends with `-next`, in case it logs in as somebody else. Whichever of the two is valid counts.
 *
 * @throws ConfigError when a cookie cannot have this name or path.
 */
export function cookieJar({ store, name, sameSite = "Lax", path = "/", secure }: CookieJarOptions): CookieJar {
  if (name !== undefined && !TOKEN.test(name))
    throw new ConfigError("name", `expected a cookie name (RFC 6265), got "${name}"`);
  if (!/^\/[^;\p{Cc}]*$/u.test(path))
    throw new ConfigError("path", `expected a path that starts with / and has no semicolon, got "${path}"`);
  return ({ cookieHeader, tls }) => {
    const encrypted = secure ?? tls;
    const cookieName = name ?? (encrypted && path === "/" ? "__Host-kreuz" : "kreuz");
    const nextName = `${cookieName}-next`;
    const fresh = store.issue();
    const seconds = Math.floor(store.maxAge / 1000);
    const attributes = [
      `Path=${path}`,
      `Max-Age=${seconds}`,
      "HttpOnly",
      `SameSite=${sameSite}`,
      ...(encrypted ? ["Secure"] : []),
    ];
    const cookieOf = (newName: string): string => [`${newName}=${fresh}`, ...attributes].join("; ");
    let more: { readonly tooMany?: boolean } = {};
    for (const [sentName, freeName] of [
      [cookieName, nextName],
      [nextName, cookieName],
    ] as const) {
      const values = valuesOf(cookieHeader, sentName);
      if (values.length > MAX_VALUES) more = { tooMany: true };
      const id = values.slice(0, MAX_VALUES).find((sent) => store.has(sent));
      if (id !== undefined) return { id, nextId: fresh, setCookie: cookieOf(freeName), ...more };
    }
    return { id: fresh, setCookie: cookieOf(cookieName), ...more };
  };
}

/** Cookies of one name that are looked up. A browser has one for each path and host that set it; each costs a hash. */
const MAX_VALUES = 16;

/** The first values of one name, up to one too many: cookies of other paths and hosts may have the same name. */
function valuesOf(header: string | undefined, name: string): string[] {
  const values: string[] = [];
  for (const pair of (header ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (at > 0 && pair.slice(0, at).trim() === name) values.push(pair.slice(at + 1).trim());
    if (values.length > MAX_VALUES) break;
  }
  return values;
}
