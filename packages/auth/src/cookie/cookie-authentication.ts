import type { TransportInfo } from "@kreuz/codec";
import type { AuthAccept, Authenticator, AuthRequest, AuthStep, Plugin } from "@kreuz/router";
import { denied } from "../principal.js";
import type { CookieStore } from "./cookie-store.js";

/** The parts of cookie authentication in one realm. They share a {@link CookieStore} with the listener's `cookieJar`. */
export interface CookieAuthentication {
  /** The method `cookie`: admits a client with the identity that it had when it logged in on this cookie. */
  readonly authenticator: Authenticator;
  /** Wraps another method: a client that logs in by it may use its cookie from then on. */
  remember(authenticator: Authenticator): Authenticator;
  /** Revokes the cookie of a session that is killed, or that leaves with `wamp.close.logout`. */
  readonly plugin: Plugin;
}

/** The GOODBYE reason that logs a client out, as in Crossbar.io. */
const LOGOUT = "wamp.close.logout";

/** Authentication by HTTP cookie (spec: "Cookie-based Authentication"). */
export function cookieAuthentication(store: CookieStore): CookieAuthentication {
  /** Cookies of connections with a session, by the one object that request and session share. */
  const cookies = new WeakMap<TransportInfo, string>();

  const identityOf = ({ evidence, realm }: AuthRequest) =>
    evidence.cookie === undefined ? undefined : store.find(evidence.cookie, realm);

  return {
    authenticator: {
      method: "cookie",
      applies: (request) => identityOf(request) !== undefined,
      begin(request) {
        const identity = identityOf(request);
        const { cookie } = request.evidence;
        if (identity === undefined || cookie === undefined) return denied("unknown, expired or revoked cookie");
        cookies.set(request.transport, cookie);
        return { type: "accept", ...identity };
      },
    },
    remember: (authenticator) =>
      onAccept(authenticator, ({ evidence: { cookie }, realm, transport }, identity) => {
        if (cookie === undefined) return;
        store.bind(cookie, realm, identity);
        cookies.set(transport, cookie);
      }),
    plugin: {
      name: "cookie-authentication",
      setup(realm) {
        realm.on("sessionLeft", ({ transport }, { reason, killed = false }) => {
          const cookie = cookies.get(transport);
          if (cookie !== undefined && (killed || reason === LOGOUT)) store.revoke(cookie);
        });
      },
    },
  };
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
  return { ...authenticator, begin: (request) => watch(request, authenticator.begin(request)) };
}
