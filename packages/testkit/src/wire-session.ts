import {
  type CallOptions,
  CloseUri,
  type Dict,
  EMPTY_PAYLOAD,
  type Goodbye,
  type Id,
  MessageType,
  type Payload,
  type PublishOptions,
  type RegisterOptions,
  type SubscribeOptions,
  type Uri,
  type Welcome,
  type YieldOptions,
} from "@kreuz/codec";
import { ALL_CLIENT_ROLES } from "./client-roles.js";
import { WireClient } from "./wire-client.js";

/** A {@link WireClient} with the usual opening moves, for tests whose subject comes after them. */
export class WireSession extends WireClient {
  #lastRequest: Id = 0;
  #id: Id | undefined;

  /** The session id from WELCOME; 0 before. */
  get id(): Id {
    return this.#id ?? 0;
  }

  /** The next request id: 1, 2, 3, … */
  nextRequest(): Id {
    return ++this.#lastRequest;
  }

  /** HELLO, then WELCOME. Announces every role with every feature unless `details` has its own roles. */
  async join(realm: Uri, details: Dict = {}): Promise<Welcome> {
    this.send({ type: MessageType.HELLO, realm, details: { roles: ALL_CLIENT_ROLES, ...details } });
    const welcome = await this.expect(MessageType.WELCOME);
    this.#id = welcome.session;
    return welcome;
  }

  /** GOODBYE, then the router's GOODBYE. */
  leave(reason: Uri = CloseUri.CLOSE_REALM): Promise<Goodbye> {
    this.send({ type: MessageType.GOODBYE, details: {}, reason });
    return this.expect(MessageType.GOODBYE);
  }

  /** SUBSCRIBE, then SUBSCRIBED. @returns the subscription id. */
  async subscribe(topic: Uri, options: SubscribeOptions = {}): Promise<Id> {
    const request = this.nextRequest();
    this.send({ type: MessageType.SUBSCRIBE, request, options, topic });
    return (await this.expect(MessageType.SUBSCRIBED)).subscription;
  }

  /** UNSUBSCRIBE, then UNSUBSCRIBED. */
  async unsubscribe(subscription: Id): Promise<void> {
    this.send({ type: MessageType.UNSUBSCRIBE, request: this.nextRequest(), subscription });
    await this.expect(MessageType.UNSUBSCRIBED);
  }

  /** REGISTER, then REGISTERED. @returns the registration id. */
  async register(procedure: Uri, options: RegisterOptions = {}): Promise<Id> {
    const request = this.nextRequest();
    this.send({ type: MessageType.REGISTER, request, options, procedure });
    return (await this.expect(MessageType.REGISTERED)).registration;
  }

  /** UNREGISTER, then UNREGISTERED. */
  async unregister(registration: Id): Promise<void> {
    this.send({ type: MessageType.UNREGISTER, request: this.nextRequest(), registration });
    await this.expect(MessageType.UNREGISTERED);
  }

  /** PUBLISH; does not wait. @returns the request id. */
  publish(topic: Uri, payload: Payload = EMPTY_PAYLOAD, options: PublishOptions = {}): Id {
    const request = this.nextRequest();
    this.send({ type: MessageType.PUBLISH, request, options, topic, payload });
    return request;
  }

  /** CALL; does not wait. @returns the request id. */
  call(procedure: Uri, payload: Payload = EMPTY_PAYLOAD, options: CallOptions = {}): Id {
    const request = this.nextRequest();
    this.send({ type: MessageType.CALL, request, options, procedure, payload });
    return request;
  }

  /** YIELD in answer to the INVOCATION with this request id; does not wait. */
  yield(request: Id, payload: Payload = EMPTY_PAYLOAD, options: YieldOptions = {}): void {
    this.send({ type: MessageType.YIELD, request, options, payload });
  }

  /** ERROR in answer to the INVOCATION with this request id; does not wait. */
  fail(request: Id, error: Uri, payload: Payload = EMPTY_PAYLOAD, details: Dict = {}): void {
    this.send({ type: MessageType.ERROR, requestType: MessageType.INVOCATION, request, details, error, payload });
  }
}
