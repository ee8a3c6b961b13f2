import {
  type Abort,
  type CallOptions,
  type Challenge,
  CloseUri,
  type Dict,
  EMPTY_PAYLOAD,
  type ErrorMessage,
  type Goodbye,
  type Id,
  type Message,
  messageName,
  MessageType,
  type Payload,
  type PublishOptions,
  type RegisterOptions,
  type SubscribeOptions,
  type Uri,
  WampError,
  type Welcome,
  type YieldOptions,
} from "@kreuz/codec";
import { ALL_CLIENT_ROLES } from "./client-roles.js";
import { ContractError, describeMessage } from "./contract-case.js";
import { type MessageOf, WireClient } from "./wire-client.js";

/** What AUTHENTICATE carries: the signature alone, or with its extra. */
export type ChallengeAnswer = string | { readonly signature: string; readonly extra?: Dict };

/**
 * Answers CHALLENGE. `respond` of the client methods in `@kreuz/auth/client` fits.
 *
 * @param extra - `CHALLENGE.Extra`.
 * @param authmethod - the method that the router chose.
 */
export type AnswerChallenge = (extra: Dict, authmethod: string) => ChallengeAnswer | Promise<ChallengeAnswer>;

type ReplyType = (typeof MessageType)["SUBSCRIBED" | "UNSUBSCRIBED" | "REGISTERED" | "UNREGISTERED" | "RESULT"];

/**
 * A {@link WireClient} with methods for the usual requests. They wait for their own reply, by request id; whatever else
 * arrives meanwhile stays unread, in its order. An ERROR is thrown as a `WampError`.
 */
export class WireSession extends WireClient {
  #lastRequest: Id = 0;
  #id: Id | undefined;

  /** Session id from WELCOME; 0 before. */
  get id(): Id {
    return this.#id ?? 0;
  }

  /** Returns the next request id: 1, 2, 3, … */
  nextRequest(): Id {
    return ++this.#lastRequest;
  }

  /**
   * Sends HELLO, answers CHALLENGE, and waits for WELCOME. Announces every role with every feature unless `details` has
   * roles.
   *
   * @param details - `HELLO.Details`; for a login: `authmethods`, `authid`, `authextra`.
   * @throws WampError with the reason and the details of ABORT.
   */
  async join(realm: Uri, details: Dict = {}, answer: AnswerChallenge = cannotAnswer): Promise<Welcome> {
    this.send({ type: MessageType.HELLO, realm, details: { roles: ALL_CLIENT_ROLES, ...details } });
    for (;;) {
      const message = await this.next("WELCOME");
      if (message.type === MessageType.CHALLENGE) await this.#authenticate(message, answer);
      else if (message.type === MessageType.WELCOME) {
        this.#id = message.session;
        return message;
      } else if (message.type === MessageType.ABORT) throw abortError(message);
      else throw new ContractError(`waited for WELCOME, got ${describeMessage(message)}`);
    }
  }

  /** Sends GOODBYE and waits for the router's GOODBYE. */
  leave(reason: Uri = CloseUri.CLOSE_REALM): Promise<Goodbye> {
    this.send({ type: MessageType.GOODBYE, details: {}, reason });
    return this.expect(MessageType.GOODBYE);
  }

  /** Sends SUBSCRIBE and waits for SUBSCRIBED. @returns the subscription id. @throws WampError for ERROR. */
  async subscribe(topic: Uri, options: SubscribeOptions = {}): Promise<Id> {
    const request = this.nextRequest();
    this.send({ type: MessageType.SUBSCRIBE, request, options, topic });
    return (await this.#reply(MessageType.SUBSCRIBED, request)).subscription;
  }

  /** Sends UNSUBSCRIBE and waits for UNSUBSCRIBED. @throws WampError for ERROR. */
  async unsubscribe(subscription: Id): Promise<void> {
    const request = this.nextRequest();
    this.send({ type: MessageType.UNSUBSCRIBE, request, subscription });
    await this.#reply(MessageType.UNSUBSCRIBED, request);
  }

  /** Sends REGISTER and waits for REGISTERED. @returns the registration id. @throws WampError for ERROR. */
  async register(procedure: Uri, options: RegisterOptions = {}): Promise<Id> {
    const request = this.nextRequest();
    this.send({ type: MessageType.REGISTER, request, options, procedure });
    return (await this.#reply(MessageType.REGISTERED, request)).registration;
  }

  /** Sends UNREGISTER and waits for UNREGISTERED. @throws WampError for ERROR. */
  async unregister(registration: Id): Promise<void> {
    const request = this.nextRequest();
    this.send({ type: MessageType.UNREGISTER, request, registration });
    await this.#reply(MessageType.UNREGISTERED, request);
  }

  /**
   * Sends CALL and waits for its last RESULT; progressive ones stay unread.
   *
   * @returns the payload of the RESULT.
   * @throws WampError for ERROR.
   */
  async call(procedure: Uri, payload: Payload = EMPTY_PAYLOAD, options: CallOptions = {}): Promise<Payload> {
    return (await this.#reply(MessageType.RESULT, this.sendCall(procedure, payload, options))).payload;
  }

  /** Sends CALL; does not wait. @returns the request id. */
  sendCall(procedure: Uri, payload: Payload = EMPTY_PAYLOAD, options: CallOptions = {}): Id {
    const request = this.nextRequest();
    this.send({ type: MessageType.CALL, request, options, procedure, payload });
    return request;
  }

  /** Sends PUBLISH; does not wait, not even for PUBLISHED. @returns the request id. */
  publish(topic: Uri, payload: Payload = EMPTY_PAYLOAD, options: PublishOptions = {}): Id {
    const request = this.nextRequest();
    this.send({ type: MessageType.PUBLISH, request, options, topic, payload });
    return request;
  }

  /** Sends YIELD for the INVOCATION with this request id. */
  yield(request: Id, payload: Payload = EMPTY_PAYLOAD, options: YieldOptions = {}): void {
    this.send({ type: MessageType.YIELD, request, options, payload });
  }

  /** Sends ERROR for the INVOCATION with this request id. */
  fail(request: Id, error: Uri, payload: Payload = EMPTY_PAYLOAD, details: Dict = {}): void {
    this.send({ type: MessageType.ERROR, requestType: MessageType.INVOCATION, request, details, error, payload });
  }

  async #authenticate({ authmethod, extra }: Challenge, answer: AnswerChallenge): Promise<void> {
    const given = await answer(extra, authmethod);
    const { signature, extra: more = {} } = typeof given === "string" ? { signature: given } : given;
    this.send({ type: MessageType.AUTHENTICATE, signature, extra: more });
  }

  /** The reply to a request: the message of this type, or the ERROR. */
  async #reply<T extends ReplyType>(type: T, request: Id): Promise<MessageOf<T>> {
    const isReply = (message: Message): boolean =>
      (message.type === type || message.type === MessageType.ERROR) &&
      message.request === request &&
      !(message.type === MessageType.RESULT && message.details.progress === true);
    const message = await this.find(`${messageName(type)} to request ${request}`, isReply);
    if (message.type === MessageType.ERROR) throw requestError(message);
    return message as MessageOf<T>;
  }
}

function cannotAnswer(_extra: Dict, authmethod: string): never {
  throw new ContractError(
    `waited for WELCOME, got CHALLENGE of the method "${authmethod}"; give join() a function that answers it`,
  );
}

function abortError({ reason, details, payload }: Abort): WampError {
  const { message } = details;
  return new WampError(reason, typeof message === "string" ? message : undefined, payload, details);
}

function requestError({ error, details, payload }: ErrorMessage): WampError {
  const message = payload.args?.[0];
  return new WampError(error, typeof message === "string" ? message : undefined, payload, details);
}
