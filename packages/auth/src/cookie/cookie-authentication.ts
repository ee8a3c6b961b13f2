import type { TransportInfo } from "@kreuz/codec";
import type { Authenticator, AuthRequest, AuthStep, Plugin } from "@kreuz/router";
import { denied } from "../principal.js";
import type { CookieStore } from "./cookie-store.js";

/** The three parts of cookie authentication in one realm; they share a store with the listener's `cookieJar`. */
export interface CookieAuthentication {
  /** The method `cookie`: whoever has logged in before with this cookie is let in as the same. */
  readonly authenticator: Authenticator;
  /** Makes the cookie stand for whoever logs in by another method. */
  remember(authenticator: Authenticator): Authenticator;
  /** Revokes the cookie of a session that is killed, or that logs out with `wamp.close.logout`. */
  readonly plugin: Plugin;
}

/** The reason of GOODBYE by which a client logs out, as Crossbar.io has it. */
const LOGOUT = "wamp.close.logout";

/** Authentication by HTTP cookie (spec: "Cookie-based Authentication"). */
export function cookieAuthentication(store: CookieStore): CookieAuthentication {
  /** The cookies of connections with a session. Keyed by what session and request have in common. */
  const cookies = new WeakMap<TransportInfo, string>();

  const known = ({ evidence, realm }: AuthRequest) =>
    evidence.cookie === undefined ? undefined : store.find(evidence.cookie, realm);

  return {
    authenticator: {
      method: "cookie",
      applies: (request) => known(request) !== undefined,
      begin(request) {
        const identity = known(request);
        const { cookie } = request.evidence;
        if (identity === undefined || cookie === undefined) return denied("the cookie stands for nobody");
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

type Accepted = Extract<AuthStep, { type: "accept" }>;

/** The same authenticator, with somebody who is told whom it lets in. */
function onAccept(
  authenticator: Authenticator,
  tell: (request: AuthRequest, accepted: Accepted) => void,
): Authenticator {
  const watch = (request: AuthRequest, step: AuthStep | Promise<AuthStep>): AuthStep | Promise<AuthStep> => {
    if (step instanceof Promise) return step.then((settled) => watch(request, settled));
    if (step.type === "accept") tell(request, step);
    if (step.type !== "challenge") return step;
    return { ...step, respond: (signature, extra) => watch(request, step.respond(signature, extra)) };
  };
  return { ...authenticator, begin: (request) => watch(request, authenticator.begin(request)) };
}
