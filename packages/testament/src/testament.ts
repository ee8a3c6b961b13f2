import { ErrorUri, MetaProcedure, WampError, type Id } from "@kreuz/codec";
import {
  atMostArguments,
  type Departure,
  type Plugin,
  type ProcedureCall,
  type RealmContext,
  type SessionInfo,
} from "@kreuz/router";
import { limitsWithDefaults, Will, type TestamentLimits, type TestamentOptions } from "./session-testaments.js";
import { bequestOf, scopeOf, type Bequest, type Scope } from "./testament-arguments.js";

const FEATURES = { testament_meta_api: true };

/**
 * Testaments (spec: "Session Testament"): what a session wants published when it is gone, whether it said goodbye or
 * not.
 *
 * @throws ConfigError when a limit is not a positive integer.
 */
export function testament(options?: TestamentOptions): Plugin {
  const limits = limitsWithDefaults(options);
  return {
    name: "testament",
    features: { broker: FEATURES, dealer: FEATURES },
    setup(realm) {
      const notary = new Notary(realm, limits);
      realm.procedure(MetaProcedure.SESSION_ADD_TESTAMENT, (call) => notary.add(call));
      realm.procedure(MetaProcedure.SESSION_FLUSH_TESTAMENTS, (call) => notary.flush(call));
      realm.on("sessionLeaving", (session, departure) => void notary.execute(session, departure));
    },
  };
}

/** Keeps the testaments of a realm's sessions and sees to it that they are published. */
class Notary {
  readonly #realm: RealmContext;
  readonly #limits: TestamentLimits;
  readonly #wills = new Map<Id, Will>();

  constructor(realm: RealmContext, limits: TestamentLimits) {
    this.#realm = realm;
    this.#limits = limits;
  }

  /** `wamp.session.add_testament`. Its place in the order is the one that the call had, however long permission takes. */
  async add(call: ProcedureCall): Promise<void> {
    const [scope, bequest] = [scopeOf(call), bequestOf(call)];
    const { caller } = call;
    const present = this.#realm.sessions.get(caller.session);
    if ((present instanceof Promise ? await present : present) === undefined)
      throw new WampError(ErrorUri.NO_SUCH_SESSION, "a session inside the router's process has no testaments");
    const place = this.#reserve(caller.session, scope, bequest);
    try {
      await this.#checkPermission(caller, bequest);
      place.grant();
    } catch (error) {
      place.takeBack();
      throw error;
    }
  }

  /** `wamp.session.flush_testaments` */
  flush(call: ProcedureCall): void {
    atMostArguments(call, 0);
    const scope = scopeOf(call);
    this.#wills.get(call.caller.session)?.flush(scope);
  }

  /**
   * Publishes what a session left behind, one after the other: an authorizer that answers with a Promise delays those
   * that follow, and never reorders them. With any other, all are published when this returns.
   */
  async execute(author: SessionInfo, { silent }: Departure): Promise<void> {
    const will = this.#wills.get(author.session);
    this.#wills.delete(author.session);
    if (will === undefined || silent === true) return;
    for (const { topic, payload, options } of will.granted()) {
      try {
        const pending = this.#realm.publishAs(author, topic, payload, options);
        if (pending !== undefined) await pending;
      } catch (error) {
        // Nobody is there any more to be told.
        const { session, authid } = author;
        this.#realm.logger.warn({ error, session, authid, topic }, "a testament could not be published");
      }
    }
  }

  #reserve(session: Id, scope: Scope, bequest: Bequest): ReturnType<Will["reserve"]> {
    const will = this.#wills.get(session) ?? new Will(this.#limits);
    try {
      const place = will.reserve(scope, bequest);
      this.#wills.set(session, will);
      return place;
    } catch (error) {
      this.#realm.metrics.count("limit_testaments_per_session");
      throw error;
    }
  }

  /** The terms of a publication, as if the author published now. @throws WampError */
  async #checkPermission(author: SessionInfo, { topic, options }: Bequest): Promise<void> {
    const verdict = await this.#realm.authorize(author, { type: "publish", uri: topic, match: "exact" });
    if (verdict instanceof WampError) throw verdict;
    if (options.disclose_me === true && verdict.disclose === "never")
      throw new WampError(ErrorUri.DISCLOSE_ME_DISALLOWED, "this router does not disclose publishers here");
  }
}
