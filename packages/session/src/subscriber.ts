import {
  MessageType as M,
  WampError,
  type Event,
  type Id,
  type RevocationDetails,
  type SubscribeOptions,
  type Subscribed,
  type Uri,
} from "@kreuz/codec";
import { BoundedQueue } from "./bounded-queue.js";
import { DEFAULT_BUFFER } from "./caller.js";
import type { Report } from "./report.js";
import type { Requests } from "./requests.js";
import type { EventHandler, SessionEvent, SubscribeSettings, Subscription } from "./session.js";
import { NO_SUCH_SUBSCRIPTION } from "./uris.js";

/** The subscriber of a session: its subscriptions, several of which may share one of the router's. */
export class Subscriber {
  readonly #requests: Requests;
  readonly #report: Report;
  readonly #all = new Set<OwnSubscription>();
  readonly #byId = new Map<Id, Set<OwnSubscription>>();
  /** SUBSCRIBEs without an answer. */
  #pending = 0;
  /** Ids that nobody holds any more, and what waits for UNSUBSCRIBED. */
  readonly #unused = new Map<Id, Array<() => void>>();

  constructor(requests: Requests, report: Report) {
    this.#requests = requests;
    this.#report = report;
  }

  subscribe(topic: Uri, handler: EventHandler | undefined, settings: SubscribeSettings): Promise<Subscription> {
    const { buffer = DEFAULT_BUFFER, ...options } = settings;
    const subscription = new OwnSubscription(this, topic, options, handler, buffer);
    return new Promise((resolve, reject) => {
      this.#subscribe(subscription, (error) => (error === undefined ? resolve(subscription) : reject(error)));
    });
  }

  receive({ subscription: id, publication, details, payload }: Event): void {
    const subscriptions = this.#byId.get(id);
    if (subscriptions === undefined) return;
    const { args = [], kwargs = {} } = payload;
    for (const subscription of subscriptions) {
      const event = { topic: details.topic ?? subscription.topic, publication, args, kwargs, details };
      subscription.deliver(event, this.#report);
    }
  }

  revoked({ subscription: id = 0, reason }: RevocationDetails): void {
    const error = new WampError(reason ?? NO_SUCH_SUBSCRIPTION, "the router revoked the subscription");
    const subscriptions = this.#byId.get(id) ?? [];
    this.#byId.delete(id);
    for (const subscription of subscriptions) this.#end(subscription, error);
  }

  /** The session is open again: subscribes to everything again. */
  resume(): void {
    for (const subscription of this.#all)
      this.#subscribe(subscription, (error) => {
        if (error !== undefined && this.#requests.isOpen) this.#end(subscription, error);
      });
  }

  /** The connection is lost; the subscriptions wait for {@link resume}. */
  suspend(): void {
    this.#byId.clear();
    for (const settle of [...this.#unused.values()].flat()) settle();
    this.#unused.clear();
  }

  /** The session has ended. */
  end(error?: Error): void {
    for (const subscription of [...this.#all]) this.#end(subscription, error);
  }

  unsubscribe(subscription: OwnSubscription): Promise<void> {
    this.#end(subscription);
    const holders = this.#byId.get(subscription.id);
    if (holders?.delete(subscription) !== true || holders.size > 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#unused.set(subscription.id, [...(this.#unused.get(subscription.id) ?? []), resolve]);
      this.#release();
    });
  }

  #subscribe(subscription: OwnSubscription, settle: (error?: Error) => void): void {
    const { topic, options } = subscription;
    this.#pending++;
    const request = this.#requests.nextId();
    this.#requests.request<Subscribed>({ type: M.SUBSCRIBE, request, options, topic }, (outcome) => {
      this.#pending--;
      if (outcome instanceof Error) settle(outcome);
      else {
        const holders = this.#byId.get(outcome.subscription) ?? new Set();
        this.#byId.set(outcome.subscription, holders.add(subscription));
        subscription.id = outcome.subscription;
        this.#all.add(subscription);
        // It was given up while it was made again.
        if (subscription.hasEnded) void this.unsubscribe(subscription);
        settle();
      }
      this.#release();
    });
  }

  /** Unsubscribes from what nobody holds; not while an answer may still bring one of those ids. */
  #release(): void {
    if (this.#pending > 0) return;
    for (const [id, waiting] of [...this.#unused]) {
      this.#unused.delete(id);
      const settle = (): void => waiting.forEach((resolve) => resolve());
      if (this.#byId.get(id)?.size !== 0) {
        settle();
        continue;
      }
      this.#byId.delete(id);
      this.#requests.request({ type: M.UNSUBSCRIBE, request: this.#requests.nextId(), subscription: id }, settle);
    }
  }

  #end(subscription: OwnSubscription, error?: Error): void {
    this.#all.delete(subscription);
    subscription.end(error);
  }
}

const SETTLED = Promise.resolve();

class OwnSubscription implements Subscription {
  readonly topic: Uri;
  readonly options: SubscribeOptions;
  readonly ended: Promise<Error | undefined>;
  id: Id = 0;
  dropped = 0;
  hasEnded = false;
  readonly #subscriber: Subscriber;
  readonly #handler: EventHandler | undefined;
  readonly #queue: BoundedQueue<SessionEvent>;
  #settle!: (error: Error | undefined) => void;

  constructor(
    subscriber: Subscriber,
    topic: Uri,
    options: SubscribeOptions,
    handler: EventHandler | undefined,
    buffer: number,
  ) {
    this.topic = topic;
    this.options = options;
    this.#subscriber = subscriber;
    this.#handler = handler;
    this.#queue = new BoundedQueue(buffer, () => this.unsubscribe());
    this.ended = new Promise((resolve) => (this.#settle = resolve));
  }

  deliver(event: SessionEvent, report: Report): void {
    const handler = this.#handler;
    // In a microtask of its own: what a handler throws or unsubscribes affects no other.
    if (handler !== undefined)
      void SETTLED.then(() => (this.hasEnded ? undefined : handler(event))).catch((error: unknown) =>
        report(error, `an event handler of "${this.topic}" failed`),
      );
    else if (!this.#queue.push(event)) {
      this.dropped++;
      this.#queue.dropOldest();
      this.#queue.push(event);
    }
  }

  end(error: Error | undefined): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.#queue.end(error);
    this.#settle(error);
  }

  unsubscribe(): Promise<void> {
    return this.#subscriber.unsubscribe(this);
  }

  [Symbol.asyncIterator](): BoundedQueue<SessionEvent> {
    return this.#queue;
  }
}
