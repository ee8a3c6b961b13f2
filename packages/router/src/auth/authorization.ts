import { ErrorUri, WampError } from "@kreuz/codec";
import type { Logger } from "../logger.js";
import type { SessionInfo } from "../session/session-info.js";
import type { RealmStats } from "../stats/realm-stats.js";
import { ALLOWED, type Action, type Authorizer, type Decision, type Permit } from "./authorizer.js";
import type { UriPolicy } from "./uri-policy.js";

/** The outcome of an authorization: the terms on which an action is allowed, or the error to answer with. */
export type Verdict = Permit | WampError;

interface Services {
  readonly logger: Logger;
  readonly stats: RealmStats;
}

/** Checks every action of a client: whether its URI may be used, then whether the authorizer allows it. */
export class Authorization {
  readonly #uris: UriPolicy;
  readonly #services: Services;
  readonly #denials: DenialLog;
  #authorizer: Authorizer;
  /** Incremented whenever permissions change. */
  #generation = 0;

  constructor(authorizer: Authorizer, uris: UriPolicy, services: Services) {
    this.#authorizer = authorizer;
    this.#uris = uris;
    this.#services = services;
    this.#denials = new DenialLog(services.logger);
  }

  /** What the authorizer says that it decides by. */
  get rules(): string | undefined {
    return this.#authorizer.rules;
  }

  /** Permissions have changed, perhaps with a new authorizer: requests still undecided are asked about again. */
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
      return this.#failed(session, action, error);
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
      conclude = () => this.#failed(session, action, error);
    }
    // Permissions changed while the authorizer decided: ask again.
    return generation === this.#generation ? conclude() : this.#ask(session, action);
  }

  #checkUri({ type, uri, match }: Action): void {
    const what = type === "call" || type === "register" ? "procedure" : "topic";
    this.#uris.checkPattern(what, uri, match);
    // Clients may call and subscribe to the router's own URIs, as far as the authorizer allows.
    if (type === "publish" || type === "register") this.#uris.checkNotReserved(what, uri);
  }

  #verdict(session: SessionInfo, action: Action, decision: Decision): Verdict {
    if (decision === true) return ALLOWED;
    if (decision !== false) return this.#permit(session, action, decision);
    this.#services.stats.refused.add(`${action.type}:denied`);
    this.#denials.denied(session, action);
    return new WampError(ErrorUri.NOT_AUTHORIZED, `role "${session.authrole}" may not ${action.type} "${action.uri}"`);
  }

  /** Authorizers may be plain JavaScript: one that returns nothing must not allow. */
  #permit(session: SessionInfo, action: Action, permit: Permit): Verdict {
    if (typeof permit === "object" && permit !== null && permit.allow === true) return permit;
    return this.#failed(session, action, new TypeError("the authorizer returned neither a boolean nor a Permit"));
  }

  #failed({ session }: SessionInfo, { type }: Action, error: unknown): WampError {
    this.#services.stats.refused.add(`${type}:failed`);
    this.#services.logger.error({ error, session }, "the authorizer failed");
    return new WampError(ErrorUri.AUTHORIZATION_FAILED, "the authorizer failed to decide; see the router's log");
  }
}

/**
 * Logs denied actions: of each session the first, the 10th, the 100th and so on at level `info`, the others at
 * `debug`. So the log shows every session that tries, and no session can fill it.
 */
class DenialLog {
  readonly #logger: Logger;
  readonly #counts = new WeakMap<SessionInfo, number>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  denied(session: SessionInfo, { type, uri, match }: Action): void {
    const denials = (this.#counts.get(session) ?? 0) + 1;
    this.#counts.set(session, denials);
    const { session: id, realm, authid, authrole } = session;
    const fields = { session: id, realm, authid, authrole, action: type, uri, match, denials };
    if (Number.isInteger(Math.log10(denials))) this.#logger.info(fields, "not authorized");
    else this.#logger.debug(fields, "not authorized");
  }
}
