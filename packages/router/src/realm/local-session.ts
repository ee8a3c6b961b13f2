import {
  EMPTY_PAYLOAD,
  ErrorUri,
  MessageType as M,
  nextId,
  WampError,
  type CallOptions,
  type ErrorMessage,
  type Event,
  type EventDetails,
  type Id,
  type Invocation,
  type Payload,
  type PublishOptions,
  type RegisterOptions,
  type Result,
  type RouterMessage,
  type SubscribeOptions,
  type TransportInfo,
  type Uri,
} from "@kreuz/codec";
import type { Broker } from "../broker/broker.js";
import type { Dealer } from "../dealer/dealer.js";
import type { Logger } from "../logger.js";
import type { OutgoingEvent } from "../session/outgoing-event.js";
import { peerFeatures } from "../session/peer-features.js";
import { ALLOWED, ALLOWED_TO_FORCE, type Permit } from "../auth/authorizer.js";
import { CallResult, type ProcedureHandler } from "../plugin/plugin.js";
import { Session, type SendOutcome } from "../session/session.js";
import type { SessionInfo } from "../session/session-info.js";
import type { UriPolicy } from "../auth/uri-policy.js";

/** An event as subscribers inside the process receive it. */
export interface LocalEvent {
  readonly topic: Uri;
  readonly publication: Id;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly details: EventDetails;
}

export type EventHandler = (event: LocalEvent) => void;

/** The realm of a session inside the process. */
export interface LocalRealm {
  readonly uris: UriPolicy;
  readonly broker: Broker;
  readonly dealer: Dealer;
  readonly logger: Logger;
  /** Removes the session from broker and dealer. */
  leaveLocal(session: LocalSession): void;
}

interface Outcome {
  resolve(payload: Payload): void;
  reject(error: WampError): void;
}

/** The transport of sessions inside the process, which have none. */
export const LOCAL_TRANSPORT: TransportInfo = Object.freeze({ type: "local", protocol: "none", serializer: "none" });

const PASSTHRU = { features: { payload_passthru_mode: true } };
const FEATURES = peerFeatures({ publisher: PASSTHRU, subscriber: PASSTHRU, caller: PASSTHRU, callee: PASSTHRU });

/**
 * A session inside the process: a client without transport, for embedders and plugins. No authorizer is asked. Handlers
 * run in microtasks of their own, never inside the router's fan-out.
 */
export class LocalSession extends Session {
  readonly #realm: LocalRealm;
  readonly #topics = new Map<Id, Set<EventHandler>>();
  readonly #procedures = new Map<Id, ProcedureHandler>();
  readonly #outcomes = new Map<Id, Outcome>();
  #lastRequest: Id = 0;
  /** Broker and dealer answer before they return: the ids they assigned, by request, until they are read. */
  readonly #answers = new Map<Id, Id>();
  #left = false;

  constructor(realm: LocalRealm, info: SessionInfo, trusted: boolean) {
    super(info, FEATURES, trusted);
    this.#realm = realm;
  }

  /**
   * Calls `handler` for each event on the topic.
   * @returns a function that removes the handler.
   * @throws WampError `wamp.error.invalid_uri`
   */
  subscribe(topic: Uri, handler: EventHandler, options: SubscribeOptions = {}): () => void {
    this.#checkPresent();
    this.#realm.uris.checkPattern("topic", topic, options.match ?? "exact");
    const request = this.#request();
    this.#realm.broker.subscribe(this, { type: M.SUBSCRIBE, request, options, topic });
    const subscription = this.#answerTo(request);
    const handlers = this.#topics.get(subscription) ?? new Set();
    this.#topics.set(subscription, handlers.add(handler));
    return () => {
      if (!handlers.delete(handler) || handlers.size > 0 || this.#left) return;
      this.#topics.delete(subscription);
      // The subscription may have been revoked.
      if (this.#realm.broker.subscriptions.holds(this, subscription))
        this.#realm.broker.unsubscribe(this, { type: M.UNSUBSCRIBE, request: this.#request(), subscription });
    };
  }

  /** @throws WampError `wamp.error.invalid_uri` */
  publish(topic: Uri, payload: Payload = EMPTY_PAYLOAD, options: PublishOptions = {}): void {
    this.#checkPresent();
    this.#realm.uris.checkConcrete("topic", topic);
    if (!this.trusted) this.#realm.uris.checkNotReserved("topic", topic);
    this.#realm.broker.publish(this, { type: M.PUBLISH, request: this.#request(), options, topic, payload });
  }

  /**
   * Registers a procedure.
   * @returns a function that unregisters it.
   * @throws WampError `wamp.error.invalid_uri`, `wamp.error.procedure_already_exists`
   */
  register(procedure: Uri, handler: ProcedureHandler, options: RegisterOptions = {}): () => void {
    this.#checkPresent();
    this.#realm.uris.checkPattern("procedure", procedure, options.match ?? "exact");
    if (!this.trusted) this.#realm.uris.checkNotReserved("procedure", procedure);
    const request = this.#request();
    this.#realm.dealer.register(this, { type: M.REGISTER, request, options, procedure }, ALLOWED_TO_FORCE);
    const registration = this.#answerTo(request);
    this.#procedures.set(registration, handler);
    return () => {
      if (!this.#realm.dealer.registrations.holds(this, registration)) return;
      this.#realm.dealer.unregister(this, { type: M.UNREGISTER, request: this.#request(), registration });
      // Calls that have already arrived still find their handler.
      queueMicrotask(() => this.#procedures.delete(registration));
    };
  }

  /** Calls a procedure. Rejects with the WampError that the callee or the router answered. */
  call(procedure: Uri, payload: Payload = EMPTY_PAYLOAD, options: CallOptions = {}): Promise<Payload> {
    return new Promise((resolve, reject) => {
      this.#checkPresent();
      this.#realm.uris.checkConcrete("procedure", procedure);
      const request = this.#request();
      this.#outcomes.set(request, { resolve, reject });
      try {
        this.#realm.dealer.call(this, { type: M.CALL, request, options, procedure, payload }, permitFor(options));
      } catch (error) {
        this.#outcomes.delete(request);
        throw error;
      }
    });
  }

  /** Leaves the realm: unsubscribes, unregisters, and fails its pending calls with `wamp.error.canceled`. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#realm.leaveLocal(this);
    for (const { reject } of this.#outcomes.values())
      reject(new WampError(ErrorUri.CANCELED, "the session left before the call was answered"));
    this.#outcomes.clear();
    this.#topics.clear();
    this.#procedures.clear();
  }

  override send(message: RouterMessage): SendOutcome {
    switch (message.type) {
      case M.SUBSCRIBED:
        this.#answers.set(message.request, message.subscription);
        break;
      case M.REGISTERED:
        this.#answers.set(message.request, message.registration);
        break;
      case M.INVOCATION:
        queueMicrotask(() => void this.#invoke(message));
        break;
      case M.RESULT:
      case M.ERROR:
        this.#finish(message);
        break;
    }
    return "sent";
  }

  override sendEvent(event: OutgoingEvent): void {
    queueMicrotask(() => this.#dispatch(event.message));
  }

  #request(): Id {
    return (this.#lastRequest = nextId(this.#lastRequest));
  }

  #answerTo(request: Id): Id {
    const id = this.#answers.get(request)!;
    this.#answers.delete(request);
    return id;
  }

  #checkPresent(): void {
    if (this.#left) throw new WampError(ErrorUri.NO_SUCH_SESSION, "this session has left its realm");
  }

  #finish(message: Result | ErrorMessage): void {
    // Progressive results are not passed on: `call` resolves with the final one.
    if (message.type === M.RESULT && message.details.progress === true) return;
    const outcome = this.#outcomes.get(message.request);
    if (outcome === undefined) return;
    this.#outcomes.delete(message.request);
    if (message.type === M.RESULT) outcome.resolve(message.payload);
    else outcome.reject(new WampError(message.error, describe(message.payload), message.payload, message.details));
  }

  #dispatch({ subscription: id, publication, details, payload }: Event): void {
    const handlers = this.#topics.get(id);
    if (handlers === undefined) return;
    // Handlers added meanwhile are too late for this event; removed ones get nothing more.
    for (const handler of [...handlers]) {
      if (!handlers.has(handler)) continue;
      try {
        const topic = details.topic ?? this.#realm.broker.subscriptions.byId.get(id)?.uri ?? "";
        handler({ topic, publication, details, args: payload.args ?? [], kwargs: payload.kwargs ?? {} });
      } catch (error) {
        this.#realm.logger.error({ error, subscription: id }, "an event handler of a local session failed");
      }
    }
  }

  async #invoke({ request, registration: id, details, payload }: Invocation): Promise<void> {
    const handler = this.#procedures.get(id);
    const call = this.#realm.dealer.invoked(this, request);
    // The caller or this session left meanwhile: nobody waits for an answer.
    if (handler === undefined || call === undefined) return;
    const procedure = details.procedure ?? call.registration.uri;
    try {
      const { args = [], kwargs = {} } = payload;
      const result = await handler({ procedure, args, kwargs, caller: call.caller.info });
      if (this.#left) return;
      this.#realm.dealer.yield(this, { type: M.YIELD, request, options: {}, payload: toPayload(result) });
    } catch (error) {
      if (!this.#left) this.#fail(request, procedure, error);
    }
  }

  #fail(request: Id, procedure: Uri, error: unknown): void {
    const known = error instanceof WampError;
    if (!known) this.#realm.logger.error({ error, procedure }, `procedure "${procedure}" failed`);
    const answer = known ? error : new WampError(ErrorUri.RUNTIME_ERROR, "the procedure failed; see the router's log");
    this.#realm.dealer.error(this, {
      type: M.ERROR,
      requestType: M.INVOCATION,
      request,
      details: answer.details,
      error: answer.uri,
      payload: answer.payload,
    });
  }
}

/** The timeout of a local call always holds, also for a callee that asked to handle timeouts itself. */
function permitFor({ timeout = 0 }: CallOptions): Permit {
  return timeout > 0 ? { allow: true, maxCallTimeout: timeout } : ALLOWED;
}

function toPayload(result: unknown): Payload {
  if (result instanceof CallResult) return result.payload;
  return result === undefined ? EMPTY_PAYLOAD : { args: [result] };
}

function describe(payload: Payload): string | undefined {
  const first = payload.args?.[0];
  return typeof first === "string" ? first : undefined;
}
