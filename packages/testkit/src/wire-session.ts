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

/** A {@link WireClient} with methods for the usual requests, for tests of what comes after them. */
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

  /** Sends HELLO and waits for WELCOME. Announces every role with every feature unless `details` has roles. */
  async join(realm: Uri, details: Dict = {}): Promise<Welcome> {
    this.send({ type: MessageType.HELLO, realm, details: { roles: ALL_CLIENT_ROLES, ...details } });
    const welcome = await this.expect(MessageType.WELCOME);
    this.#id = welcome.session;
    return welcome;
  }

  /** Sends GOODBYE and waits for the router's GOODBYE. */
  leave(reason: Uri = CloseUri.CLOSE_REALM): Promise<Goodbye> {
    this.send({ type: MessageType.GOODBYE, details: {}, reason });
    return this.expect(MessageType.GOODBYE);
  }

  /** Sends SUBSCRIBE and waits for SUBSCRIBED. @returns the subscription id. */
  async subscribe(topic: Uri, options: SubscribeOptions = {}): Promise<Id> {
    const request = this.nextRequest();
    this.send({ type: MessageType.SUBSCRIBE, request, options, topic });
    return (await this.expect(MessageType.SUBSCRIBED)).subscription;
  }

  /** Sends UNSUBSCRIBE and waits for UNSUBSCRIBED. */
  async unsubscribe(subscription: Id): Promise<void> {
    this.send({ type: MessageType.UNSUBSCRIBE, request: this.nextRequest(), subscription });
    await this.expect(MessageType.UNSUBSCRIBED);
  }

  /** Sends REGISTER and waits for REGISTERED. @returns the registration id. */
  async register(procedure: Uri, options: RegisterOptions = {}): Promise<Id> {
    const request = this.nextRequest();
    this.send({ type: MessageType.REGISTER, request, options, procedure });
    return (await this.expect(MessageType.REGISTERED)).registration;
  }

  /** Sends UNREGISTER and waits for UNREGISTERED. */
  async unregister(registration: Id): Promise<void> {
    this.send({ type: MessageType.UNREGISTER, request: this.nextRequest(), registration });
    await this.expect(MessageType.UNREGISTERED);
  }

  /** Sends PUBLISH. @returns the request id. */
  publish(topic: Uri, payload: Payload = EMPTY_PAYLOAD, options: PublishOptions = {}): Id {
    const request = this.nextRequest();
    this.send({ type: MessageType.PUBLISH, request, options, topic, payload });
    return request;
  }

  /** Sends CALL. @returns the request id. */
  call(procedure: Uri, payload: Payload = EMPTY_PAYLOAD, options: CallOptions = {}): Id {
    const request = this.nextRequest();
    this.send({ type: MessageType.CALL, request, options, procedure, payload });
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
}
