import { ConfigError } from "@kreuz/codec";
import type { CookieStore } from "./cookie-store.js";

/** Settings of {@link cookieJar}. */
export interface CookieJarOptions {
  readonly store: CookieStore;
  /** Default `__Host-kreuz` over TLS, which other hosts cannot set, and `kreuz` without. */
  readonly name?: string;
  /** Default `Lax`. `None` is for pages of other sites, and needs TLS. */
  readonly sameSite?: "Strict" | "Lax" | "None";
  /** Default: where the connection is encrypted here. Say true where a proxy in front of the router does that. */
  readonly secure?: boolean;
  /** The path of the cookie. Default `/`. */
  readonly path?: string;
}

/** What an opening handshake brings and gets. */
export interface HandshakeCookie {
  /** Goes to the authenticators as evidence. */
  readonly id: string;
  /** The value of `Set-Cookie`, when the client has no cookie that is good. */
  readonly setCookie?: string;
}

/** Reads and sets the cookie of HTTP upgrade requests; a WebSocket listener asks it. */
export type CookieJar = (request: {
  readonly cookieHeader: string | undefined;
  readonly tls: boolean;
}) => HandshakeCookie;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * Cookies for `listenWebSocket`: opaque, HttpOnly, SameSite, and Secure wherever the connection is. An id that
 * stands for nobody is never taken over: it is replaced by a new one, so that nobody can plant one and wait for a login.
 *
 * @throws ConfigError for a name or path that no cookie can have.
 */
export function cookieJar({ store, name, sameSite = "Lax", path = "/", secure }: CookieJarOptions): CookieJar {
  if (name !== undefined && !TOKEN.test(name))
    throw new ConfigError("name", `"${name}" cannot be the name of a cookie`);
  if (!/^\/[^;\p{Cc}]*$/u.test(path)) throw new ConfigError("path", `"${path}" cannot be the path of a cookie`);
  return ({ cookieHeader, tls }) => {
    const encrypted = secure ?? tls;
    const called = name ?? (encrypted && path === "/" ? "__Host-kreuz" : "kreuz");
    const sent = valuesOf(cookieHeader, called).find((id) => store.has(id));
    if (sent !== undefined) return { id: sent };
    const id = store.issue();
    const seconds = Math.floor(store.maxAge / 1000);
    const attributes = [
      `Path=${path}`,
      `Max-Age=${seconds}`,
      "HttpOnly",
      `SameSite=${sameSite}`,
      ...(encrypted ? ["Secure"] : []),
    ];
    return { id, setCookie: [`${called}=${id}`, ...attributes].join("; ") };
  };
}

/** All values that the header has under this name: paths and hosts may give a client more than one. */
function valuesOf(header: string | undefined, name: string): string[] {
  return (header ?? "").split(";").flatMap((pair) => {
    const at = pair.indexOf("=");
    return at > 0 && pair.slice(0, at).trim() === name ? [pair.slice(at + 1).trim()] : [];
  });
}
