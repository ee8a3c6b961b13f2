import type {
  Clock,
  Id,
  Publish,
  Published,
  PublishOptions,
  RevocationDetails,
  RouterMessage,
  Uri,
  WelcomeDetails,
} from "@kreuz/codec";
import * as M from "@kreuz/codec/message-types";
import type { BoundedQueue } from "./bounded-queue.js";
import type { CallResult } from "./call-result.js";
import { Callee, type CalleeSettings } from "./callee.js";
import { Caller } from "./caller.js";
import type { SessionEndedError } from "./errors.js";
import { payloadOf, promiseOf, Requests, type Channel } from "./requests.js";
import type {
  Arguments,
  Caller as CallerInfo,
  CallSettings,
  EventHandler,
  ProcedureHandler,
  Registration,
  RegisterSettings,
  Session,
  SessionState,
  StreamSettings,
  SubscribeSettings,
  Subscription,
} from "./session.js";
import { Subscriber } from "./subscriber.js";
import { NO_SUCH_REGISTRATION, NO_SUCH_SUBSCRIPTION } from "./uris.js";

/** Settings of a {@link MessageSession}. */
export interface MessageSessionSettings extends CalleeSettings {
  readonly clock: Pick<Clock, "schedule">;
}

/** Who a session is, from WELCOME. */
export interface SessionIdentity {
  readonly id: Id;
  readonly details: WelcomeDetails;
}

/**
 * The client's half of a session, over any channel that carries messages: requests, calls, events, procedures. Whoever
 * extends it opens the channel, gives it what arrives, and says when the channel is gone.
 */
export abstract class MessageSession implements Session {
  readonly realm: Uri;
  #identity: SessionIdentity;
  #state: SessionState = "connecting";
  readonly #requests = new Requests();
  readonly #caller: Caller;
  readonly #callee: Callee;
  readonly #subscriber: Subscriber;
  readonly #listeners = new Set<(state: SessionState, cause?: Error) => void>();

  protected constructor(realm: Uri, settings: MessageSessionSettings) {
    this.realm = realm;
    this.#identity = { id: 0, details: { roles: {} } };
    this.#caller = new Caller(this.#requests, settings.clock);
    this.#callee = new Callee(this.#requests, settings);
    this.#subscriber = new Subscriber(this.#requests, settings.report);
  }

  abstract close(): Promise<void>;

  get id(): Id {
    return this.#identity.id;
  }

  get details(): WelcomeDetails {
    return this.#identity.details;
  }

  get authid(): string {
    return this.details.authid ?? "";
  }

  get authrole(): string {
    return this.details.authrole ?? "";
  }

  get state(): SessionState {
    return this.#state;
  }

  onState(listener: (state: SessionState, cause?: Error) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  call(procedure: Uri, args: Arguments = [], options: CallSettings = {}): Promise<CallResult> {
    return this.#caller.call(procedure, args, options);
  }

  stream(procedure: Uri, args: Arguments = [], options: StreamSettings = {}): BoundedQueue<CallResult> {
    return this.#caller.stream(procedure, args, options);
  }

  async publish(topic: Uri, args: Arguments = [], options: PublishOptions = {}): Promise<Id | undefined> {
    const request = this.#requests.nextId();
    const message: Publish = { type: M.PUBLISH, request, options, topic, payload: payloadOf(args) };
    if (options.acknowledge !== true) return void this.#requests.send(message);
    return (await promiseOf<Published>((settle) => this.#requests.request(message, settle))).publication;
  }

  subscribe(
    topic: Uri,
    handlerOrOptions: EventHandler | SubscribeSettings = {},
    options: SubscribeSettings = {},
  ): Promise<Subscription> {
    return typeof handlerOrOptions === "function"
      ? this.#subscriber.subscribe(topic, handlerOrOptions, options)
      : this.#subscriber.subscribe(topic, undefined, handlerOrOptions);
  }

  register(procedure: Uri, handler: ProcedureHandler, options: RegisterSettings = {}): Promise<Registration> {
    return promiseOf((settle) => this.registerThen(procedure, handler, options, settle));
  }

  /** Registers; `settle` is called at once where the router answers at once. */
  protected registerThen(
    procedure: Uri,
    handler: ProcedureHandler,
    options: RegisterSettings,
    settle: (outcome: Registration | Error) => void,
  ): void {
    this.#callee.register(procedure, handler, options, settle);
  }

  /** The session is established: subscribes and registers again what an earlier one had. */
  protected opened(identity: SessionIdentity, channel: Channel): void {
    this.#identity = identity;
    this.#requests.open(channel);
    this.#subscriber.subscriptions.resume();
    this.#callee.registrations.resume();
    this.#setState("open");
  }

  /** The channel is gone: whatever is open fails. Subscriptions and procedures wait for the next {@link opened}. */
  protected lost(error: SessionEndedError): void {
    this.#requests.close(error);
    this.#callee.suspend(error);
    this.#subscriber.subscriptions.suspend();
    if (this.#state !== "closed") this.#setState("connecting", error);
  }

  /** The session has ended for good. `cause` is absent when this side wished it so. */
  protected ended(error: SessionEndedError, cause?: Error): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.lost(error);
    this.#subscriber.subscriptions.end(cause);
    this.#callee.registrations.end(cause);
    this.#setState("closed", cause);
  }

  /** Handles one message of the router. Messages that answer nothing are ignored. `caller` is who called, if it is known. */
  protected receive(message: RouterMessage, caller?: CallerInfo): void {
    switch (message.type) {
      case M.EVENT:
        return this.#subscriber.receive(message);
      case M.INVOCATION:
        return this.#callee.invoked(message, caller);
      case M.INTERRUPT:
        return this.#callee.interrupted(message);
      case M.UNSUBSCRIBED:
      case M.UNREGISTERED:
        return message.request === 0 ? this.#revoked(message.details) : this.#requests.receive(message);
      case M.RESULT:
      case M.ERROR:
      case M.PUBLISHED:
      case M.SUBSCRIBED:
      case M.REGISTERED:
        return this.#requests.receive(message);
    }
  }

  #revoked({ subscription, registration, reason }: RevocationDetails = {}): void {
    if (subscription === undefined) this.#callee.registrations.revoked(registration, reason ?? NO_SUCH_REGISTRATION);
    else this.#subscriber.subscriptions.revoked(subscription, reason ?? NO_SUCH_SUBSCRIPTION);
  }

  #setState(state: SessionState, cause?: Error): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener(state, cause);
  }
}
