import {
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
import { errorReply, type Session } from "../session/session.js";

/** The realm that requests from inside the process are for. */
export interface RequestedRealm {
  readonly uris: UriPolicy;
  readonly broker: Broker;
  readonly dealer: Dealer;
  readonly authorization: Authorization;
}

type AuthorizedRequest = Publish | Subscribe | Call | Register;

/** Performs what a session inside the process asks for. */
export class LocalRequests implements Channel {
  readonly #realm: RequestedRealm;
  readonly #session: Session;
  readonly #authorized: boolean;
  /** Messages that wait for the authorizer to decide about an earlier one, so that they keep their order. */
  readonly #waiting: ClientMessage[] = [];
  #deciding = false;
  #closed = false;

  constructor(realm: RequestedRealm, session: Session, authorized: boolean) {
    this.#realm = realm;
    this.#session = session;
    this.#authorized = authorized;
  }

  send(message: ClientMessage): void {
    if (this.#deciding) this.#waiting.push(message);
    else this.#handle(message);
  }

  /** The session has left: what waits for the authorizer is not performed. */
  close(): void {
    this.#closed = true;
    for (const message of this.#waiting.splice(0)) if (message.type === M.CALL) this.#realm.dealer.lose();
  }

  #handle(message: ClientMessage): void {
    const { broker, dealer } = this.#realm;
    switch (message.type) {
      case M.CALL:
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
        return dealer.yield(this.#session, message);
      case M.ERROR:
        return dealer.error(this.#session, message);
      case M.CANCEL:
        return dealer.cancel(this.#session, message);
    }
  }

  #request(message: AuthorizedRequest, type: ActionType, uri: Uri, match: MatchPolicy): void {
    try {
      const verdict = this.#check(message, type, uri, match);
      if (verdict instanceof Promise) void this.#wait(message, verdict);
      else this.#perform(message, verdict);
    } catch (error) {
      this.#refuse(message, error);
    }
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

  async #wait(message: AuthorizedRequest, verdict: Promise<Verdict>): Promise<void> {
    this.#deciding = true;
    try {
      const settled = await verdict;
      if (this.#closed) return message.type === M.CALL ? this.#realm.dealer.lose() : undefined;
      this.#perform(message, settled);
    } catch (error) {
      this.#refuse(message, error, true);
    }
    this.#deciding = false;
    while (!this.#deciding && this.#waiting.length > 0) this.#handle(this.#waiting.shift()!);
  }

  #perform(message: AuthorizedRequest, verdict: Verdict): void {
    if (verdict instanceof WampError) throw verdict;
    const { broker, dealer } = this.#realm;
    switch (message.type) {
      case M.CALL:
        return void dealer.call(this.#session, message, verdict);
      case M.PUBLISH:
        return void broker.publish(this.#session, message, verdict);
      case M.SUBSCRIBE:
        return broker.subscribe(this.#session, message);
      case M.REGISTER:
        return dealer.register(this.#session, message, verdict);
    }
  }

  #release(message: Unsubscribe | Unregister, release: () => void): void {
    try {
      release();
    } catch (error) {
      this.#refuse(message, error);
    }
  }

  /** Answers with ERROR. @throws the error of a publication that waits for no answer, while it can be thrown. */
  #refuse(message: AuthorizedRequest | Unsubscribe | Unregister, error: unknown, late = false): void {
    if (!(error instanceof WampError)) throw error;
    if (message.type === M.PUBLISH && message.options.acknowledge !== true) {
      if (!late) throw error;
      return;
    }
    if (message.type === M.CALL) this.#realm.dealer.refuse(this.#session, message, error);
    this.#session.send(errorReply(message.type, message.request, error));
  }
}

function permitFor({ type, options }: AuthorizedRequest): Permit {
  if (type === M.REGISTER) return ALLOWED_TO_FORCE;
  // The timeout of a local call always holds, also for a callee that asked to handle timeouts itself.
  const { timeout = 0 } = type === M.CALL ? (options as CallOptions) : {};
  return timeout > 0 ? { allow: true, maxCallTimeout: timeout } : ALLOWED;
}
