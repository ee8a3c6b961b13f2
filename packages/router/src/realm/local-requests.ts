import {
  ErrorUri,
  MessageType as M,
  WampError,
  type Call,
  type CallOptions,
  type ClientMessage,
  type MatchPolicy,
  type Publish,
  type Register,
  type Subscribe,
  type Unregister,
  type Unsubscribe,
  type Uri,
} from "@kreuz/codec";
import type { Channel } from "@kreuz/session";
import type { Authorization, Verdict } from "../auth/authorization.js";
import { ALLOWED, ALLOWED_TO_FORCE, type ActionType, type Permit } from "../auth/authorizer.js";
import type { UriPolicy } from "../auth/uri-policy.js";
import type { Broker } from "../broker/broker.js";
import type { Dealer } from "../dealer/dealer.js";
import type { Guards } from "../plugin/guards.js";
import type { Answer } from "../session/session-directory.js";
import { answerGuarded, continueGuarded, guardRequest, tellRefusal, type RefusedBy } from "./guarded.js";
import type { RealmServices } from "../realm-services.js";
import { errorReply, sessionLeft, type Session } from "../session/session.js";

/** The realm that requests from inside the process are for. */
export interface RequestedRealm {
  readonly uris: UriPolicy;
  readonly broker: Broker;
  readonly dealer: Dealer;
  readonly authorization: Authorization;
  readonly guards: Guards;
  readonly services: Pick<RealmServices, "events" | "limits" | "metrics">;
}

type AuthorizedRequest = Publish | Subscribe | Call | Register;

/** Messages that wait for the authorizer or a guard to decide about an earlier one, so that they keep their order. */
interface Lane {
  readonly waiting: ClientMessage[];
  deciding: boolean;
}

/** Performs what a session inside the process asks for. */
export class LocalRequests implements Channel {
  readonly #realm: RequestedRealm;
  readonly #session: Session;
  readonly #authorized: boolean;
  readonly #requests: Lane = { waiting: [], deciding: false };
  /** Of their own: the authorizer may have called a procedure of this very session. */
  readonly #answers: Lane = { waiting: [], deciding: false };
  #closed = false;

  constructor(realm: RequestedRealm, session: Session, authorized: boolean) {
    this.#realm = realm;
    this.#session = session;
    this.#authorized = authorized;
  }

  send(message: ClientMessage): void {
    const { waiting, deciding } = this.#laneOf(message);
    if (!deciding) return this.#handle(message);
    const { limits, metrics } = this.#realm.services;
    if (!isRequest(message) || waiting.length < limits.pendingCallsPerSession) waiting.push(message);
    else {
      metrics.count("limit_pending_calls_per_session");
      const text = `${limits.pendingCallsPerSession} requests of the session wait for the authorizer, the maximum`;
      this.#refuse(message, new WampError(ErrorUri.LIMIT_EXCEEDED, text));
    }
  }

  /** Whether the session has left. */
  get closed(): boolean {
    return this.#closed;
  }

  /** The session has left: what waits for the authorizer is not performed. */
  close(): void {
    this.#closed = true;
    this.#answers.waiting.length = 0;
    for (const message of this.#requests.waiting.splice(0)) if (message.type === M.CALL) this.#lose(message);
  }

  #laneOf({ type }: ClientMessage): Lane {
    return type === M.YIELD || type === M.ERROR ? this.#answers : this.#requests;
  }

  #handle(message: ClientMessage): void {
    const { broker, dealer } = this.#realm;
    switch (message.type) {
      case M.CALL:
        if (this.#isGuarded && dealer.isPending(this.#session, message))
          return this.#hold(this.#requests, continueGuarded(this.#realm, this.#session, message));
        if (!dealer.continueCall(this.#session, message)) this.#request(message, "call", message.procedure, "exact");
        return;
      case M.PUBLISH:
        return this.#request(message, "publish", message.topic, "exact");
      case M.SUBSCRIBE:
        return this.#request(message, "subscribe", message.topic, message.options.match ?? "exact");
      case M.REGISTER:
        return this.#request(message, "register", message.procedure, message.options.match ?? "exact");
      case M.UNSUBSCRIBE:
        return this.#release(message, () => broker.unsubscribe(this.#session, message));
      case M.UNREGISTER:
        return this.#release(message, () => dealer.unregister(this.#session, message));
      case M.YIELD:
        if (this.#isGuarded) return this.#hold(this.#answers, answerGuarded(this.#realm, this.#session, message));
        return dealer.yield(this.#session, message);
      case M.ERROR:
        if (this.#isGuarded) return this.#hold(this.#answers, answerGuarded(this.#realm, this.#session, message));
        return dealer.error(this.#session, message);
      case M.CANCEL:
        return dealer.cancel(this.#session, message);
    }
  }

  /** Whether guards are asked: not about what the router itself, its plugins and trusted components send. */
  get #isGuarded(): boolean {
    return this.#authorized && this.#realm.guards.any;
  }

  #request(message: AuthorizedRequest, type: ActionType, uri: Uri, match: MatchPolicy): void {
    let verdict: Verdict | Promise<Verdict>;
    try {
      verdict = this.#check(message, type, uri, match);
    } catch (error) {
      return this.#refuse(message, error, "uri");
    }
    const decided =
      verdict instanceof Promise
        ? verdict.then((settled) => this.#decided(message, settled, true))
        : this.#decided(message, verdict, false);
    this.#hold(this.#requests, decided);
  }

  /** @param late - whether nobody waits for an error that could be thrown. */
  #decided(message: AuthorizedRequest, verdict: Verdict, late: boolean): Promise<void> | undefined {
    if (verdict instanceof WampError) return void this.#refuse(message, verdict, "authorizer", late);
    if (!this.#isGuarded || (message.type !== M.CALL && message.type !== M.PUBLISH))
      return this.#perform(message, verdict, late);
    let guarded: Answer<Call | Publish>;
    try {
      guarded = guardRequest(this.#realm, this.#session.info, message);
    } catch (error) {
      return void this.#refuse(message, error, "guard", late);
    }
    if (!(guarded instanceof Promise)) return this.#perform(guarded, verdict, late);
    return guarded.then(
      (checked) => this.#perform(checked, verdict, true),
      (error: unknown) => this.#refuse(message, error, "guard", true),
    );
  }

  #check(message: AuthorizedRequest, type: ActionType, uri: Uri, match: MatchPolicy): Verdict | Promise<Verdict> {
    const { authorization, uris } = this.#realm;
    const { options } = message;
    if (this.#authorized) return authorization.check(this.#session.info, { type, uri, match, options });
    const what = type === "call" || type === "register" ? "procedure" : "topic";
    uris.checkPattern(what, uri, match);
    if (!this.#session.trusted && (type === "publish" || type === "register")) uris.checkNotReserved(what, uri);
    return permitFor(message);
  }

  /** Later messages of the lane wait until this one is decided. */
  #hold(lane: Lane, deciding: Promise<void> | undefined): void {
    if (deciding !== undefined) void this.#wait(lane, deciding);
  }

  async #wait(lane: Lane, deciding: Promise<void>): Promise<void> {
    lane.deciding = true;
    await deciding;
    lane.deciding = false;
    while (!lane.deciding && lane.waiting.length > 0) this.#handleLate(lane.waiting.shift()!);
  }

  /** Handles a message that has waited: nobody is left to catch what is thrown. */
  #handleLate(message: ClientMessage): void {
    try {
      this.#handle(message);
    } catch (error) {
      if (!(error instanceof WampError)) throw error;
    }
  }

  #perform(message: AuthorizedRequest, permit: Permit, late: boolean): Promise<void> | undefined {
    if (this.#closed) return message.type === M.CALL ? void this.#lose(message) : undefined;
    const { broker, dealer } = this.#realm;
    try {
      switch (message.type) {
        case M.CALL:
          return void dealer.call(this.#session, message, permit);
        case M.PUBLISH:
          return void broker.publish(this.#session, message, permit);
        case M.SUBSCRIBE:
          return this.#unlessRefused(message, broker.subscribe(this.#session, message));
        case M.REGISTER:
          return this.#unlessRefused(message, dealer.register(this.#session, message, permit));
      }
    } catch (error) {
      return void this.#refuse(message, error, "router", late);
    }
  }

  /** What waits for other nodes may be refused in the end. */
  #unlessRefused(message: Subscribe | Register, done: Promise<void> | undefined): Promise<void> | undefined {
    return done?.catch((error: unknown) => this.#refuse(message, error, "router", true));
  }

  #lose(message: Call): void {
    this.#realm.dealer.lose();
    tellRefusal(this.#realm.services.events, this.#session.info, message, "router", sessionLeft());
  }

  #release(message: Unsubscribe | Unregister, release: () => void): void {
    try {
      release();
    } catch (error) {
      this.#refuse(message, error);
    }
  }

  /** Answers with ERROR. @throws the error of a publication that waits for no answer, while it can be thrown. */
  #refuse(
    message: AuthorizedRequest | Unsubscribe | Unregister,
    error: unknown,
    by: RefusedBy = "router",
    late = false,
  ): void {
    if (!(error instanceof WampError)) throw error;
    if (message.type !== M.UNSUBSCRIBE && message.type !== M.UNREGISTER)
      tellRefusal(this.#realm.services.events, this.#session.info, message, by, error);
    if (message.type === M.PUBLISH && message.options.acknowledge !== true) {
      if (!late) throw error;
      return;
    }
    if (message.type === M.CALL) this.#realm.dealer.refuse(this.#session, message, error);
    this.#session.send(errorReply(message.type, message.request, error));
  }
}

function isRequest(message: ClientMessage): message is AuthorizedRequest {
  const { type } = message;
  return type === M.CALL || type === M.PUBLISH || type === M.SUBSCRIBE || type === M.REGISTER;
}

function permitFor({ type, options }: AuthorizedRequest): Permit {
  if (type === M.REGISTER) return ALLOWED_TO_FORCE;
  // The timeout of a local call always holds, also for a callee that asked to handle timeouts itself.
  const { timeout = 0 } = type === M.CALL ? (options as CallOptions) : {};
  return timeout > 0 ? { allow: true, maxCallTimeout: timeout } : ALLOWED;
}
