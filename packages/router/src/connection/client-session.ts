import {
  MessageType as M,
  messageName,
  nextId,
  ProtocolError,
  WampError,
  type Call,
  type Id,
  type MatchPolicy,
  type Message,
  type Publish,
  type Register,
  type RouterMessage,
  type Subscribe,
  type Unregister,
  type Unsubscribe,
  type Uri,
} from "@kreuz/codec";
import type { ActionType } from "../auth/authorizer.js";
import { checkAnnounced } from "../session/check-announced.js";
import type { Verdict } from "../auth/authorization.js";
import type { OutgoingEvent } from "../session/outgoing-event.js";
import type { PeerFeatures } from "../session/peer-features.js";
import type { Permit } from "../auth/permit.js";
import type { Realm } from "../realm/realm.js";
import { errorReply } from "../session/replies.js";
import { Session, type Refusal } from "../session/session.js";
import type { Departure, SessionInfo } from "../session/session-info.js";
import type { EndableSession } from "../session/session-table.js";

type Guarded = Publish | Subscribe | Call | Register;
type Request = Guarded | Unsubscribe | Unregister;

/** What a client's session needs of the connection under it, which may carry other sessions before and after. */
export interface SessionLink {
  /** @see Session.send */
  send(session: Session, message: RouterMessage): boolean;
  /** @see Session.refusal */
  readonly refusal: Refusal;
  /** @see Session.sendEvent */
  sendEvent(session: Session, event: OutgoingEvent): void;
  /** Sends GOODBYE and takes the session out of its realm at once. */
  endSession(session: Session, departure: Departure): void;
  /** Holds back what the client sends next until the promise settles; the outcome is dropped if the session is over by then. */
  hold<T>(promise: Promise<T>, then: (value: T) => void): void;
}

/** A session of a client, from WELCOME until it leaves. Every message of the client takes its one way through `receive`. */
export class ClientSession extends Session implements EndableSession {
  readonly #realm: Realm;
  readonly #link: SessionLink;
  readonly #strictRequestIds: boolean;
  #lastRequest: Id = 0;

  constructor(link: SessionLink, realm: Realm, info: SessionInfo, features: PeerFeatures, strictRequestIds: boolean) {
    super(info, features, false);
    this.#link = link;
    this.#realm = realm;
    this.#strictRequestIds = strictRequestIds;
  }

  override send(message: RouterMessage): boolean {
    return this.#link.send(this, message);
  }

  override get refusal(): Refusal {
    return this.#link.refusal;
  }

  override sendEvent(event: OutgoingEvent): void {
    this.#link.sendEvent(this, event);
  }

  end(departure: Departure): void {
    this.#link.endSession(this, departure);
  }

  /** @throws ProtocolError when the message has no place in an established session. */
  receive(message: Message): void {
    switch (message.type) {
      case M.CALL:
        // More arguments for a call come under its own id, and on its own permission.
        if (!this.#realm.dealer.proceed(this, message)) this.#request(message, "call", message.procedure, "exact");
        return;
      case M.YIELD:
        checkAnnounced(this, message, this.#realm.services);
        return this.#realm.dealer.yield(this, message);
      case M.PUBLISH:
        return this.#request(message, "publish", message.topic, "exact");
      case M.ERROR:
        return this.#realm.dealer.error(this, message);
      case M.SUBSCRIBE:
        return this.#request(message, "subscribe", message.topic, message.options.match ?? "exact");
      case M.REGISTER:
        return this.#request(message, "register", message.procedure, message.options.match ?? "exact");
      case M.UNSUBSCRIBE:
      case M.UNREGISTER:
        return this.#release(message);
      case M.CANCEL:
        return this.#realm.dealer.cancel(this, message);
      case M.EVENT_RECEIVED:
        // Acknowledged delivery is not announced: nothing to do, and no reason to end the session.
        return;
      case M.HELLO:
      case M.AUTHENTICATE:
      case M.WELCOME:
      case M.CHALLENGE:
        throw new ProtocolError(`${messageName(message.type)} after the session was established`);
      case M.ABORT:
      case M.GOODBYE:
      case M.PUBLISHED:
      case M.SUBSCRIBED:
      case M.UNSUBSCRIBED:
      case M.EVENT:
      case M.RESULT:
      case M.REGISTERED:
      case M.UNREGISTERED:
      case M.INVOCATION:
      case M.INTERRUPT:
        throw new ProtocolError(`${messageName(message.type)} is sent by routers, not to them`);
    }
  }

  /** A request that needs permission: through the gate, then do it. */
  #request(message: Guarded, type: ActionType, uri: Uri, match: MatchPolicy): void {
    this.#checkSequence(message);
    checkAnnounced(this, message, this.#realm.services);
    try {
      const { options } = message;
      const verdict = this.#realm.gate.check(this.info, { type, uri, match, options });
      if (verdict instanceof Promise) this.#link.hold(verdict, (settled) => this.#decided(message, settled));
      else this.#perform(message, verdict);
    } catch (error) {
      this.#refuse(message, error);
    }
  }

  #release(message: Unsubscribe | Unregister): void {
    this.#checkSequence(message);
    try {
      if (message.type === M.UNSUBSCRIBE) this.#realm.broker.unsubscribe(this, message);
      else this.#realm.dealer.unregister(this, message);
    } catch (error) {
      this.#refuse(message, error);
    }
  }

  #decided(message: Guarded, verdict: Verdict): void {
    try {
      this.#perform(message, verdict);
    } catch (error) {
      this.#refuse(message, error);
    }
  }

  #perform(message: Guarded, verdict: Verdict): void {
    if (verdict instanceof WampError) throw verdict;
    switch (message.type) {
      case M.CALL:
        return this.#realm.dealer.call(this, message, verdict);
      case M.PUBLISH:
        return this.#publish(message, verdict);
      case M.SUBSCRIBE:
        return this.#realm.broker.subscribe(this, message);
      case M.REGISTER:
        return this.#realm.dealer.register(this, message);
    }
  }

  #publish(message: Publish, permit: Permit): void {
    const { broker } = this.#realm;
    broker.publish(this, message, permit);
    const handingOut = broker.handingOut(this);
    if (handingOut !== undefined) this.#link.hold(handingOut, () => {});
  }

  /** Request ids count up by one from 1 (spec: "Protocol Errors"); many clients do not, so this is a switch. */
  #checkSequence({ type, request }: Request): void {
    const expected = nextId(this.#lastRequest);
    this.#lastRequest = request;
    if (this.#strictRequestIds && request !== expected)
      throw new ProtocolError(`${messageName(type)}.Request: expected the next id ${expected}, got ${request}`);
  }

  /** Answers a failed request with its ERROR; protocol errors go up and end the session. */
  #refuse(message: Request, error: unknown): void {
    if (!(error instanceof WampError)) throw error;
    // Publications without acknowledge are never answered (spec: "PUBLISH").
    if (message.type === M.PUBLISH && message.options.acknowledge !== true) return;
    if (message.type === M.CALL) this.#realm.dealer.refuse(this, message);
    this.send(errorReply(message.type, message.request, error));
  }
}
