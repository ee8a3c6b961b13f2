import type { PeerEvidence, TransportInfo, Uri } from "@kreuz/codec";
import type { AuthAccept, Authenticator, AuthRequest, AuthStep, Plugin } from "@kreuz/router";
import { denied, thenMaybe } from "../principal.js";
import { authenticatorWith } from "../authenticator-with.js";
import type { CookieIdentity, CookieStore } from "./cookie-store.js";

/** The parts of cookie authentication in one realm. They share a {@link CookieStore} with the listener's `cookieJar`. */
export interface CookieAuthentication {
  /**
   * The method `cookie`: admits a client as whom it logged in with this cookie, if the method by which it did so still
   * knows the account, with the same role. Otherwise the cookie is revoked.
   */
  readonly authenticator: Authenticator;
  /**
   * Wraps another method: a client that logs in by it may use its cookie from then on. Methods without `lookup` are not
   * remembered. A cookie that stands for somebody else is revoked, and a fresh one stands for the client.
   */
  remember(authenticator: Authenticator): Authenticator;
  /**
   * Revokes the cookie of a session that is killed, or that leaves with `wamp.close.logout`. For each realm, set it up once,
   * also when its authenticators are replaced later.
   */
  readonly plugin: Plugin;
  /**
   * The same for other authenticators, which replace those of a realm: it remembers none of them yet. The plugin and the
   * sessions that it watches are shared.
   */
  renewed(): CookieAuthentication;
}

/** The GOODBYE reason that logs a client out, as in Crossbar.io. */
const LOGOUT = "wamp.close.logout";

type Lookup = NonNullable<Authenticator["lookup"]>;

/** Cookies of connections with a session, by the one object that request and session share. */
type SessionCookies = WeakMap<TransportInfo, string>;

/** Authentication by HTTP cookie (spec: "Cookie-based Authentication"). */
export function cookieAuthentication(store: CookieStore): CookieAuthentication {
  const cookies: SessionCookies = new WeakMap();
  return authenticationWith(store, cookies, {
    name: "cookie-authentication",
    setup(realm) {
      realm.on("sessionLeft", ({ transport }, { reason, cause }) => {
        const cookie = cookies.get(transport);
        if (cookie !== undefined && (cause === "killed" || reason === LOGOUT)) store.revoke(cookie);
      });
    },
  });
}

function authenticationWith(store: CookieStore, cookies: SessionCookies, plugin: Plugin): CookieAuthentication {
  const lookups = new Map<string, Lookup>();
  return {
    authenticator: {
      method: "cookie",
      applies: ({ evidence, realm }) => find(store, evidence, realm) !== undefined,
      begin(request) {
        const { evidence, realm, transport } = request;
        const found = find(store, evidence, realm);
        if (found === undefined) return denied("unknown, expired or revoked cookie");
        const { id, identity } = found;
        const lookup = lookups.get(identity.authmethod);
        return thenMaybe(lookup?.(requestOf(request, identity)), (account): AuthStep => {
          // It may have been revoked meanwhile.
          if (store.find(id, realm) === undefined) return denied("revoked cookie");
          if (account === undefined || !isSame(account, identity)) {
            store.revoke(id);
            return denied(`the account of "${identity.authid}" is gone or has changed: the cookie is revoked`);
          }
          cookies.set(transport, id);
          return account;
        });
      },
    },
    remember(authenticator) {
      const { method, lookup } = authenticator;
      if (lookup === undefined) return authenticator;
      lookups.set(method, (request) => lookup.call(authenticator, request));
      return onAccept(authenticator, (request, accepted) => {
        const id = bind(store, request, identityOf(request, accepted, method));
        if (id !== undefined) cookies.set(request.transport, id);
      });
    },
    plugin,
    renewed: () => authenticationWith(store, cookies, plugin),
  };
}

/** The cookie of a connection that identifies somebody. */
function validCookie(store: CookieStore, { cookie, nextCookie }: PeerEvidence): string | undefined {
  return [cookie, nextCookie].find((id) => id !== undefined && store.has(id));
}

function find(
  store: CookieStore,
  evidence: PeerEvidence,
  realm: Uri,
): { readonly id: string; readonly identity: CookieIdentity } | undefined {
  const id = validCookie(store, evidence);
  const identity = id === undefined ? undefined : store.find(id, realm);
  return id === undefined || identity === undefined ? undefined : { id, identity };
}

/**
 * Binds a login to a cookie of its connection, but never to one that stands for somebody else: whoever has that one would
 * become the client.
 * @returns the cookie; `undefined` when the connection has none that is fresh.
 */
function bind(store: CookieStore, { evidence, realm }: AuthRequest, identity: CookieIdentity): string | undefined {
  const { cookie, nextCookie } = evidence;
  const valid = validCookie(store, evidence);
  const known = valid === undefined ? undefined : store.find(valid, realm);
  if (valid !== undefined && known?.authid === identity.authid) {
    store.bind(valid, realm, identity);
    return valid;
  }
  // In this realm, it is somebody else's; in others only, the same client may have logged in there.
  if (valid !== undefined && known !== undefined) store.revoke(valid);
  const replaced = known === undefined ? valid : undefined;
  // Where there is a next one, the first identified somebody once, and others may have it.
  const fresh = nextCookie ?? cookie;
  const id = fresh !== undefined && fresh !== valid && store.bind(fresh, realm, identity, replaced) ? fresh : undefined;
  if (id === undefined && replaced !== undefined) store.revoke(replaced);
  return id;
}

function identityOf(
  { authid: loginAuthid, authextra }: AuthRequest,
  { authid, authrole, authprovider }: AuthAccept,
  authmethod: string,
): CookieIdentity {
  const pubkey = authextra?.["pubkey"];
  return {
    authid,
    authrole,
    authprovider,
    authmethod,
    ...(loginAuthid === undefined ? {} : { loginAuthid }),
    ...(authmethod === "cryptosign" && typeof pubkey === "string" ? { pubkey: pubkey.toLowerCase() } : {}),
  };
}

/** The request of the earlier login, as far as an account can be found by it. */
function requestOf(request: AuthRequest, { loginAuthid, pubkey }: CookieIdentity): AuthRequest {
  const authextra = pubkey === undefined ? {} : { pubkey };
  const details = {
    roles: request.details.roles,
    authextra,
    ...(loginAuthid === undefined ? {} : { authid: loginAuthid }),
  };
  return { ...request, authid: loginAuthid, authextra, details };
}

function isSame(account: AuthAccept, { authid, authrole, authprovider }: CookieIdentity): boolean {
  return account.authid === authid && account.authrole === authrole && account.authprovider === authprovider;
}

/** Wraps an authenticator to call `listener` with every client that it admits. */
function onAccept(
  authenticator: Authenticator,
  listener: (request: AuthRequest, accepted: AuthAccept) => void,
): Authenticator {
  const watch = (request: AuthRequest, step: AuthStep | Promise<AuthStep>): AuthStep | Promise<AuthStep> => {
    if (step instanceof Promise) return step.then((settled) => watch(request, settled));
    if (step.type === "accept") listener(request, step);
    if (step.type !== "challenge") return step;
    return { ...step, respond: (signature, extra) => watch(request, step.respond(signature, extra)) };
  };
  return authenticatorWith(authenticator, { begin: (request) => watch(request, authenticator.begin(request)) });
}
