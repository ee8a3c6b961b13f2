import { ErrorUri, WampError } from "@kreuz/codec";
import type { Action, Authorizer, Decision } from "./authorizer.js";
import { ALLOWED, type Permit } from "./permit.js";
import type { RealmServices } from "./realm-services.js";
import type { SessionInfo } from "./session-info.js";
import type { UriPolicy } from "./uri-policy.js";

/** What is decided about an action: the terms under which it is allowed, or the error to answer with. */
export type Verdict = Permit | WampError;

/** Every action of a client passes here: is the URI one that it may use, and does the authorizer allow it? */
export class Gate {
  readonly #authorizer: Authorizer;
  readonly #uris: UriPolicy;
  readonly #realm: RealmServices;

  constructor(authorizer: Authorizer, uris: UriPolicy, realm: RealmServices) {
    this.#authorizer = authorizer;
    this.#uris = uris;
    this.#realm = realm;
  }

  /** @throws WampError `wamp.error.invalid_uri` */
  check(session: SessionInfo, action: Action): Verdict | Promise<Verdict> {
    this.#checkUri(action);
    try {
      const decision = this.#authorizer.authorize(session, action);
      if (decision === true) return ALLOWED;
      if (!(decision instanceof Promise)) return this.#verdict(session, action, decision);
      return decision.then(
        (settled) => this.#verdict(session, action, settled),
        (error: unknown) => this.#failed(session, error),
      );
    } catch (error) {
      return this.#failed(session, error);
    }
  }

  #checkUri({ type, uri, match }: Action): void {
    const what = type === "call" || type === "register" ? "procedure" : "topic";
    this.#uris.checkPattern(what, uri, match);
    // Anybody may call and subscribe to the router's own URIs, as far as the authorizer allows.
    if (type === "publish" || type === "register") this.#uris.checkNotReserved(what, uri);
  }

  #verdict(session: SessionInfo, { type, uri }: Action, decision: Decision): Verdict {
    if (decision === true) return ALLOWED;
    if (decision !== false) return this.#permit(session, decision);
    const { authrole } = session;
    this.#realm.metrics.count("authorizations_denied");
    this.#realm.logger.debug({ session: session.session, authrole, action: type, uri }, "not authorized");
    return new WampError(ErrorUri.NOT_AUTHORIZED, `role "${authrole}" may not ${type} "${uri}"`);
  }

  /** Authorizers are written in JavaScript too: one that forgets to answer must not allow. */
  #permit(session: SessionInfo, permit: Permit): Verdict {
    if (typeof permit === "object" && permit !== null && permit.allow === true) return permit;
    return this.#failed(session, new TypeError("the authorizer answered with neither a boolean nor a Permit"));
  }

  #failed({ session }: SessionInfo, error: unknown): WampError {
    this.#realm.logger.error({ error, session }, "the authorizer failed");
    return new WampError(ErrorUri.AUTHORIZATION_FAILED, "the router could not decide whether this is allowed");
  }
}
