import {
  ErrorUri,
  MessageType as M,
  messageName,
  nextId,
  ProtocolError,
  WampError,
  type Account,
  type Call,
  type Id,
  type MatchPolicy,
  type Message,
  type PayloadError,
  type Publish,
  type Register,
  type RouterMessage,
  type Subscribe,
  type Unregister,
  type Unsubscribe,
  type Uri,
} from "@kreuz/codec";
import type { Verdict } from "../auth/authorization.js";
import { checkOptionLimits } from "../auth/option-limits.js";
import type { ActionType, Permit } from "../auth/authorizer.js";
import { answerGuarded, continueGuarded, guardRequest, tellRefusal, type RefusedBy } from "../realm/guarded.js";
import type { Realm } from "../realm/realm.js";
import type { OutgoingEvent } from "../session/outgoing-event.js";
import { checkAnnounced, type PeerFeatures } from "../session/peer-features.js";
import type { Departure, SessionInfo } from "../session/session-info.js";
import type { EndableSession } from "../session/session-table.js";
import { errorReply, Session, sessionLeft, type SendOutcome } from "../session/session.js";
import type { SessionActivity } from "../session/session-activity.js";
import type { ClientSender } from "./client-sender.js";
import type { RouterServices } from "./router-services.js";

type AuthorizedRequest = Publish | Subscribe | Call | Register;
type Request = AuthorizedRequest | Unsubscribe | Unregister;

/** The connection of a session, which may carry other sessions before and after it. */
export interface SessionOwner {
  /** Sends GOODBYE and takes the session out of its realm at once. Does nothing once the session has left. */
  endSession(session: ClientSession, departure: Departure): void;
}

/** The session of a client, from WELCOME until it leaves. Every message of the client passes through `receive`. */
export class ClientSession extends Session implements EndableSession {
  readonly #owner: SessionOwner;
  readonly #realm: Realm;
  readonly #router: RouterServices;
  readonly activity: SessionActivity;
  /** Absent once the session has left: nothing is sent then. */
  #sender: ClientSender | undefined;
  #lastRequest: Id = 0;

  constructor(
    owner: SessionOwner,
    sender: ClientSender,
    realm: Realm,
    router: RouterServices,
    info: SessionInfo,
    features: PeerFeatures,
    account: Account,
  ) {
    super(info, features, false, account);
    this.#owner = owner;
    this.#sender = sender;
    this.activity = sender.activity;
    this.#realm = realm;
    this.#router = router;
  }

  override send(message: RouterMessage): SendOutcome {
    return this.#sender === undefined ? "sent" : this.#sender.send(message);
  }

  override sendEvent(event: OutgoingEvent): void {
    if (this.#sender === undefined || this.#sender.sendEvent(event) || this.#router.slowConsumer === "drop") return;
    // Not at once: the event may still have to reach other sessions.
    queueMicrotask(() =>
      this.end({ reason: ErrorUri.LIMIT_EXCEEDED, message: "the client reads its events too slowly", cause: "slow" }),
    );
  }

  override get left(): boolean {
    return this.#sender === undefined;
  }

  override get congested(): boolean {
    return this.#sender?.congested === true;
  }

  override get unsentBytes(): number {
    return this.#sender?.unsentBytes ?? 0;
  }

  override get sentBytes(): number {
    return this.#sender?.sentBytes ?? 0;
  }

  override get droppedEvents(): number {
    return this.#sender?.droppedEvents ?? 0;
  }

  end(departure: Departure): void {
    this.#owner.endSession(this, departure);
  }

  /** Leaves the realm. Called by the connection, whatever ends the session. */
  leave(departure: Departure): void {
    this.#sender = undefined;
    this.#realm.leave(this, departure);
  }

  /**
   * Handles one message of the client.
   *
   * @returns a promise when the client must not be read from until it settles; it rejects as this function throws.
   * @throws ProtocolError when the message is not allowed in an established session.
   */
  receive(message: Message): Promise<void> | undefined {
    const { broker, dealer } = this.#realm;
    switch (message.type) {
      case M.CALL:
        // Further arguments of a progressive call come under its id, and by its permission.
        if (this.#realm.guards.any && dealer.isPending(this, message))
          return continueGuarded(this.#realm, this, message);
        return dealer.continueCall(this, message)
          ? undefined
          : this.#request(message, "call", message.procedure, "exact");
      case M.YIELD:
        checkAnnounced(this, message, this.#router.strictProgressiveInvocations);
        if (this.#realm.guards.any) return answerGuarded(this.#realm, this, message);
        return void dealer.yield(this, message);
      case M.PUBLISH:
        return this.#request(message, "publish", message.topic, "exact");
      case M.ERROR:
        if (this.#realm.guards.any) return answerGuarded(this.#realm, this, message);
        return void dealer.error(this, message);
      case M.SUBSCRIBE:
        return this.#request(message, "subscribe", message.topic, message.options.match ?? "exact");
      case M.REGISTER:
        return this.#request(message, "register", message.procedure, message.options.match ?? "exact");
      case M.UNSUBSCRIBE:
        return this.#release(message, () => broker.unsubscribe(this, message));
      case M.UNREGISTER:
        return this.#release(message, () => dealer.unregister(this, message));
      case M.CANCEL:
        return void dealer.cancel(this, message);
      case M.EVENT_RECEIVED:
        // Acknowledged delivery is not announced; receiving this is no reason to end the session.
        return undefined;
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

  /**
   * Refuses a message whose payload is outside WAMP's data model.
   *
   * @returns whether it could be answered with ERROR; if not, the session must end.
   */
  refusePayload({ uri, message: text, refused }: PayloadError): boolean {
    const error = new WampError(uri, text);
    switch (refused?.type) {
      case M.CALL:
        if (!this.#realm.dealer.abandon(this, refused, error)) this.#refuse(refused, error);
        return true;
      case M.PUBLISH:
        if (refused.options.acknowledge !== true) return false;
        this.#refuse(refused, error);
        return true;
      case M.YIELD:
        this.#realm.dealer.refuseYield(this, refused, error);
        return true;
      default:
        return false;
    }
  }

  /** Authorizes a request, then performs it. */
  #request(message: AuthorizedRequest, type: ActionType, uri: Uri, match: MatchPolicy): Promise<void> | undefined {
    this.#checkSequence(message);
    checkAnnounced(this, message, this.#router.strictProgressiveInvocations);
    let verdict: Verdict | Promise<Verdict>;
    try {
      checkOptionLimits(message.type, message.options, this.#router);
      verdict = this.#realm.authorization.check(this.info, { type, uri, match, options: message.options });
    } catch (error) {
      return this.#refuse(message, error, "uri");
    }
    return verdict instanceof Promise
      ? verdict.then((settled) => this.#authorized(message, settled))
      : this.#authorized(message, verdict);
  }

  #authorized(message: AuthorizedRequest, verdict: Verdict): Promise<void> | undefined {
    if (verdict instanceof WampError) return this.#refuse(message, verdict, "authorizer");
    const isGuarded = this.#realm.guards.any && (message.type === M.CALL || message.type === M.PUBLISH);
    return isGuarded ? this.#guard(message, verdict) : this.#perform(message, verdict);
  }

  #guard(message: Call | Publish, verdict: Permit): Promise<void> | undefined {
    try {
      const guarded = guardRequest(this.#realm, this.info, message);
      if (!(guarded instanceof Promise)) return this.#perform(guarded, verdict);
      return guarded.then(
        (checked) => this.#perform(checked, verdict),
        (error: unknown) => this.#refuse(message, error, "guard"),
      );
    } catch (error) {
      return this.#refuse(message, error, "guard");
    }
  }

  /** Authorizers and guards may take their time; the session may have left meanwhile. */
  #perform(message: AuthorizedRequest, permit: Permit): Promise<void> | undefined {
    if (this.#sender === undefined) return this.#tooLate(message);
    const { broker, dealer } = this.#realm;
    try {
      switch (message.type) {
        case M.CALL:
          return dealer.call(this, message, permit) ? afterHandler() : undefined;
        case M.PUBLISH:
          return broker.publish(this, message, permit);
        case M.SUBSCRIBE:
          return this.#unlessRefused(message, broker.subscribe(this, message));
        case M.REGISTER:
          return this.#unlessRefused(message, dealer.register(this, message, permit));
      }
    } catch (error) {
      return this.#refuse(message, error, "router");
    }
  }

  /** What waits for other nodes may be refused in the end. */
  #unlessRefused(message: Subscribe | Register, done: Promise<void> | undefined): Promise<void> | undefined {
    return done?.catch((error: unknown) => this.#refuse(message, error, "router"));
  }

  #tooLate(message: AuthorizedRequest): undefined {
    if (message.type === M.CALL) this.#realm.dealer.lose();
    tellRefusal(this.#realm.services.events, this.info, message, "router", sessionLeft());
  }

  /** Gives up a subscription or registration, which needs no permission. */
  #release(message: Unsubscribe | Unregister, release: () => void): undefined {
    this.#checkSequence(message);
    try {
      release();
    } catch (error) {
      this.#refuse(message, error);
    }
  }

  /** Request ids count up by one from 1 (spec: "Protocol Errors"); many clients break this, so checking is optional. */
  #checkSequence({ type, request }: Request): void {
    const expected = nextId(this.#lastRequest);
    this.#lastRequest = request;
    if (this.#router.strictRequestIds && request !== expected)
      throw new ProtocolError(`${messageName(type)}.Request: expected the next id ${expected}, got ${request}`);
  }

  /** Answers a failed request with ERROR; rethrows protocol errors, which end the session. */
  #refuse(message: Request, error: unknown, by: RefusedBy = "router"): undefined {
    if (!(error instanceof WampError)) throw error;
    if (message.type !== M.UNSUBSCRIBE && message.type !== M.UNREGISTER)
      tellRefusal(this.#realm.services.events, this.info, message, by, error);
    const { session, realm, authid, authrole } = this.info;
    const fields = { session, realm, authid, authrole, request: messageName(message.type), error: error.uri };
    this.#router.logger.debug(fields, `request refused: ${error.message}`);
    // Publications without acknowledge are never answered (spec: "PUBLISH").
    if (message.type === M.PUBLISH && message.options.acknowledge !== true) return;
    if (message.type === M.CALL) this.#realm.dealer.refuse(this, message, error);
    this.send(errorReply(message.type, message.request, error));
  }
}

/** Microtasks that an answer of the router's own takes, about, when it waits for nothing. */
const MICROTASKS = 16;

/**
 * Resolves when a procedure of the router has done its work, or waits for something. Until then its caller is not read from,
 * so that the work counts in the caller's share of the turn: handlers run in microtasks, after all frames that have arrived.
 */
async function afterHandler(): Promise<void> {
  for (let count = 0; count < MICROTASKS; count++) await undefined;
}
