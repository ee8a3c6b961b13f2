import { ErrorUri, WampError } from "@kreuz/codec";
import type { Action, Authorizer, Decision } from "./authorizer.js";
import { DenialLog } from "./denial-log.js";
import { ALLOWED, type Permit } from "./permit.js";
import type { RealmServices } from "../realm-services.js";
import type { SessionInfo } from "../session/session-info.js";
import type { UriPolicy } from "./uri-policy.js";

/** What is decided about an action: the terms under which it is allowed, or the error to answer with. */
export type Verdict = Permit | WampError;

/** Every action of a client passes here: is the URI one that it may use, and does the authorizer allow it? */
export class Gate {
  readonly #uris: UriPolicy;
  readonly #realm: RealmServices;
  readonly #denials: DenialLog;
  #authorizer: Authorizer;
  /** Counts the times that permissions have changed. */
  #generation = 0;

  constructor(authorizer: Authorizer, uris: UriPolicy, realm: RealmServices) {
    this.#authorizer = authorizer;
    this.#uris = uris;
    this.#realm = realm;
    this.#denials = new DenialLog(realm.logger);
  }

  /** From now on permissions are others: of another authorizer, or of the same one. What is undecided is asked anew. */
  renew(authorizer: Authorizer = this.#authorizer): void {
    this.#authorizer = authorizer;
    this.#generation++;
  }

  /** @throws WampError `wamp.error.invalid_uri` */
  check(session: SessionInfo, action: Action): Verdict | Promise<Verdict> {
    this.#checkUri(action);
    return this.#ask(session, action);
  }

  #ask(session: SessionInfo, action: Action): Verdict | Promise<Verdict> {
    try {
      const decision = this.#authorizer.authorize(session, action);
      if (decision === true) return ALLOWED;
      if (!(decision instanceof Promise)) return this.#verdict(session, action, decision);
      return this.#settle(session, action, decision, this.#generation);
    } catch (error) {
      return this.#failed(session, error);
    }
  }

  async #settle(
    session: SessionInfo,
    action: Action,
    decision: Promise<Decision>,
    generation: number,
  ): Promise<Verdict> {
    let conclude: () => Verdict;
    try {
      const settled = await decision;
      conclude = () => this.#verdict(session, action, settled);
    } catch (error) {
      conclude = () => this.#failed(session, error);
    }
    // An answer under permissions of yesterday is none: who asked then must not slip through behind a change.
    return generation === this.#generation ? conclude() : this.#ask(session, action);
  }

  #checkUri({ type, uri, match }: Action): void {
    const what = type === "call" || type === "register" ? "procedure" : "topic";
    this.#uris.checkPattern(what, uri, match);
    // Anybody may call and subscribe to the router's own URIs, as far as the authorizer allows.
    if (type === "publish" || type === "register") this.#uris.checkNotReserved(what, uri);
  }

  #verdict(session: SessionInfo, action: Action, decision: Decision): Verdict {
    if (decision === true) return ALLOWED;
    if (decision !== false) return this.#permit(session, decision);
    this.#realm.metrics.count("authorizations_denied");
    this.#denials.denied(session, action);
    return new WampError(ErrorUri.NOT_AUTHORIZED, `role "${session.authrole}" may not ${action.type} "${action.uri}"`);
  }

  /** Authorizers are written in JavaScript too: one that forgets to answer must not allow. */
  #permit(session: SessionInfo, permit: Permit): Verdict {
    if (typeof permit === "object" && permit !== null && permit.allow === true) return permit;
    return this.#failed(session, new TypeError("the authorizer answered with neither a boolean nor a Permit"));
  }

  #failed({ session }: SessionInfo, error: unknown): WampError {
    this.#realm.metrics.count("authorizations_failed");
    this.#realm.logger.error({ error, session }, "the authorizer failed");
    return new WampError(ErrorUri.AUTHORIZATION_FAILED, "the router could not decide whether this is allowed");
  }
}
