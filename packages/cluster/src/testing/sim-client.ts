import {
  MessageType as M,
  type CancelMode,
  type Acceptor,
  type Connection,
  type Id,
  type Message,
  type RegisterOptions,
} from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { ALL_CLIENT_ROLES } from "@kreuz/testkit";
import { connectMemory } from "@kreuz/transport-memory";
import type { Model } from "./model.js";
import type { WorldNode } from "./cluster-world.js";

/** A client of the simulation: it answers what it is called for, and tells the model all that it sees. */
export class SimClient implements Acceptor {
  readonly name: string;
  readonly node: WorldNode;
  readonly #model: Model<SimClient>;
  #connection: Connection | undefined;
  #request = 0;
  #lastCall = 0;
  /** What the requests that wait for an answer are about. */
  readonly #waiting = new Map<Id, { readonly type: number; readonly uri: string }>();
  /** What it holds, by URI. */
  readonly registrations: Map<string, Id> = new Map();
  readonly subscriptions: Map<string, Id> = new Map();
  id: Id = 0;
  alive = true;

  constructor(name: string, node: WorldNode, realm: string, model: Model<SimClient>) {
    this.name = name;
    this.node = node;
    this.#model = model;
    connectMemory(node.router, this, { codec: json, clock: node.process.clock });
    this.#send({ type: M.HELLO, realm, details: { roles: ALL_CLIENT_ROLES, authmethods: ["trust"], authid: name } });
  }

  accept(connection: Connection): { onFrame(frame: Uint8Array): void; onDrain(): void; onClose(): void } {
    this.#connection = connection;
    return {
      onFrame: (frame) => this.#receive(json.decode(frame)),
      onDrain: () => {},
      onClose: () => this.#model.gone(this),
    };
  }

  get joined(): boolean {
    return this.alive && this.id !== 0 && !this.node.process.paused;
  }

  call(uri: string): void {
    if (!this.joined) return;
    const request = (this.#lastCall = ++this.#request);
    this.#send({
      type: M.CALL,
      request,
      options: {},
      procedure: uri,
      payload: { args: [this.#model.called(this, request, this.#waiting.size === 0)] },
    });
  }

  /** Cancels its last call, whether or not that is over. */
  cancel(mode: CancelMode): void {
    if (this.joined && this.#lastCall > 0) this.#send({ type: M.CANCEL, request: this.#lastCall, options: { mode } });
  }

  register(uri: string, options: RegisterOptions): void {
    if (!this.joined || this.registrations.has(uri) || this.#asks(M.REGISTER, uri)) return;
    this.#ask(M.REGISTER, uri, (request) => ({ type: M.REGISTER, request, options, procedure: uri }));
  }

  unregister(uri: string): void {
    const registration = this.registrations.get(uri);
    if (!this.joined || registration === undefined) return;
    this.registrations.delete(uri);
    this.#ask(M.UNREGISTER, uri, (request) => ({ type: M.UNREGISTER, request, registration }));
  }

  subscribe(topic: string, match: "exact" | "prefix"): void {
    const key = `${match} ${topic}`;
    if (!this.joined || this.subscriptions.has(key) || this.#asks(M.SUBSCRIBE, key)) return;
    this.#ask(M.SUBSCRIBE, key, (request) => ({ type: M.SUBSCRIBE, request, options: { match }, topic }));
  }

  unsubscribe(topic: string, match: "exact" | "prefix"): void {
    const key = `${match} ${topic}`;
    const subscription = this.subscriptions.get(key);
    if (!this.joined || subscription === undefined) return;
    this.subscriptions.delete(key);
    this.#ask(M.UNSUBSCRIBE, key, (request) => ({ type: M.UNSUBSCRIBE, request, subscription }));
  }

  publish(topic: string, retain: boolean): void {
    if (!this.joined) return;
    const payload = { args: [this.name, this.#model.published(this)] };
    this.#send({ type: M.PUBLISH, request: ++this.#request, options: retain ? { retain } : {}, topic, payload });
  }

  leave(): void {
    if (!this.joined) return;
    this.alive = false;
    this.#connection?.close("normal");
    this.#model.gone(this);
  }

  #asks(type: number, uri: string): boolean {
    return [...this.#waiting.values()].some((waiting) => waiting.type === type && waiting.uri === uri);
  }

  #ask(type: number, uri: string, message: (request: Id) => Message): void {
    const request = ++this.#request;
    this.#waiting.set(request, { type, uri });
    this.#send(message(request));
  }

  #send(message: Message): void {
    this.#connection?.sendMessage(message);
  }

  #receive(message: Message): void {
    switch (message.type) {
      case M.WELCOME:
        this.id = message.session;
        return;
      case M.INVOCATION: {
        const call = message.payload.args?.[0] as number;
        this.#model.invoked(this, call);
        return void this.node.process.clock.schedule(this.#model.workTime(), () => {
          if (!this.alive) return;
          if (this.#waiting.size > 0) this.#model.heldUp(call);
          this.#send({ type: M.YIELD, request: message.request, options: {}, payload: message.payload });
        });
      }
      case M.INTERRUPT:
        return void this.#send({
          type: M.ERROR,
          requestType: M.INVOCATION,
          request: message.request,
          details: {},
          error: "wamp.error.canceled",
          payload: {},
        });
      case M.RESULT:
        return this.#model.answered(this, message.request, undefined);
      case M.EVENT:
        return this.#model.received(this, message.subscription, message.publication, message.payload.args ?? []);
      case M.REGISTERED:
      case M.SUBSCRIBED:
        return this.#granted(
          message.request,
          message.type === M.REGISTERED ? message.registration : message.subscription,
        );
      case M.UNREGISTERED:
        this.#waiting.delete(message.request);
        return this.#revoked(message.details?.registration);
      case M.UNSUBSCRIBED:
        return void this.#waiting.delete(message.request);
      case M.ERROR:
        if (message.requestType === M.CALL) return this.#model.answered(this, message.request, message.error);
        return void this.#waiting.delete(message.request);
      case M.GOODBYE:
      case M.ABORT:
        return this.#model.gone(this);
      default:
        return;
    }
  }

  #granted(request: Id, id: Id): void {
    const asked = this.#waiting.get(request);
    this.#waiting.delete(request);
    if (asked === undefined) return;
    (asked.type === M.REGISTER ? this.registrations : this.subscriptions).set(asked.uri, id);
  }

  #revoked(registration: Id | undefined): void {
    for (const [uri, id] of this.registrations) if (id === registration) this.registrations.delete(uri);
  }
}
