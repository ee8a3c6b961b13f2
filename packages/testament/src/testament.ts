import { ErrorUri, MetaProcedure, WampError, type Id } from "@kreuz/codec";
import { integer, options } from "@kreuz/codec/options";
import {
  atMostArguments,
  definePlugin,
  type Bequest,
  type Departure,
  type PluginExtension,
  type ProcedureCall,
  type RealmContext,
  type SessionInfo,
} from "@kreuz/router";
import {
  SessionTestaments,
  type Reservation,
  type TestamentLimits,
  type TestamentOptions,
} from "./session-testaments.js";
import { scopeArgument, testamentArguments, type Scope, type Testament } from "./testament-arguments.js";

const FEATURES = { testament_meta_api: true };

/**
 * Testaments (spec: "Session Testament"): publications that a session adds in advance and that the router publishes when
 * the session has left, with or without GOODBYE.
 *
 * @throws ConfigError when a limit is not a positive integer.
 */
export const testament: PluginExtension<TestamentOptions> = definePlugin({
  name: "testament",
  options: options({
    testamentsPerSession: integer(1).default(100).describe("Max testaments of a session, both scopes together."),
    bytesPerSession: integer(1)
      .default(64 * 1024)
      .describe("Max bytes of their topics, options and payloads together."),
  }),
  create: (limits) => ({
    features: { broker: FEATURES, dealer: FEATURES },
    setup(realm) {
      const service = new TestamentService(realm, limits);
      realm.procedure(MetaProcedure.SESSION_ADD_TESTAMENT, (call) => service.add(call));
      realm.procedure(MetaProcedure.SESSION_FLUSH_TESTAMENTS, (call) => service.flush(call));
      realm.on("sessionLeaving", (session, departure) => void service.publish(session, departure));
    },
  }),
});

/** Keeps the testaments of a realm's sessions and publishes them. */
class TestamentService {
  readonly #realm: RealmContext;
  readonly #limits: TestamentLimits;
  readonly #sessions = new Map<Id, SessionTestaments>();
  /** Copies at another node, which publishes them if this one dies. */
  readonly #copies: Bequest;

  constructor(realm: RealmContext, limits: TestamentLimits) {
    this.#realm = realm;
    this.#limits = limits;
    this.#copies = realm.bequeath((author, kept) => void this.#publishAll(author, kept["testaments"] as Testament[]));
  }

  /** `wamp.session.add_testament`. Testaments keep the order of the calls, however long authorization takes. */
  async add(call: ProcedureCall): Promise<void> {
    const [scope, testament] = [scopeArgument(call), testamentArguments(call)];
    const { caller } = call;
    const answer = this.#realm.sessions.get(caller.session);
    if ((answer instanceof Promise ? await answer : answer) === undefined)
      throw new WampError(ErrorUri.NO_SUCH_SESSION, "a session inside the router's process cannot have testaments");
    const reservation = this.#reserve(caller.session, scope, testament);
    try {
      await this.#authorize(caller, testament);
      reservation.confirm();
    } catch (error) {
      reservation.cancel();
      throw error;
    }
    await this.#copy(caller.session);
  }

  /** `wamp.session.flush_testaments` */
  flush(call: ProcedureCall): Promise<void> | undefined {
    atMostArguments(call, 0);
    const scope = scopeArgument(call);
    const { session } = call.caller;
    this.#sessions.get(session)?.flush(scope);
    return this.#copy(session);
  }

  #copy(session: Id): Promise<void> | undefined {
    const testaments = this.#sessions.get(session)?.confirmed() ?? [];
    return this.#copies.set(session, testaments.length === 0 ? undefined : { testaments });
  }

  /**
   * Publishes the testaments of a session that leaves, one after the other. If an authorizer answers with a Promise, the
   * later ones wait and keep their order; otherwise all are published when this returns.
   */
  async publish(author: SessionInfo, { silent }: Departure): Promise<void> {
    const left = this.#sessions.get(author.session);
    this.#sessions.delete(author.session);
    if (left === undefined) return;
    const testaments = left.confirmed();
    // The session has left: from here on, they are the router's.
    left.clear();
    if (silent !== true) await this.#publishAll(author, testaments);
  }

  async #publishAll(author: SessionInfo, testaments: readonly Testament[]): Promise<void> {
    for (const { topic, payload, options } of testaments) {
      try {
        const pending = this.#realm.publishAs(author, topic, payload, options);
        if (pending !== undefined) await pending;
      } catch (error) {
        // The author has left, so only the log can be told.
        const { session, authid, authrole } = author;
        const why = error instanceof Error ? error.message : String(error);
        this.#realm.logger.warn(
          { error, session, authid, authrole, topic },
          `a testament of a session that left was not published: ${why}`,
        );
      }
    }
  }

  #reserve(session: Id, scope: Scope, testament: Testament): Reservation {
    const testaments = this.#sessions.get(session) ?? new SessionTestaments(this.#limits, this.#realm.account(session));
    try {
      const reservation = testaments.reserve(scope, testament);
      this.#sessions.set(session, testaments);
      return reservation;
    } catch (error) {
      this.#realm.metrics.count("limit_testaments_per_session");
      throw error;
    }
  }

  /** Applies the checks of a PUBLISH by the author. @throws WampError */
  async #authorize(author: SessionInfo, { topic, options }: Testament): Promise<void> {
    const verdict = await this.#realm.authorize(author, { type: "publish", uri: topic, match: "exact" });
    if (verdict instanceof WampError) throw verdict;
    if (options.disclose_me === true && verdict.disclose === "never")
      throw new WampError(ErrorUri.DISCLOSE_ME_DISALLOWED, `disclose_me is not allowed when publishing to "${topic}"`);
  }
}
