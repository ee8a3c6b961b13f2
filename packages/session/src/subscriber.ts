import type { Event, Subscribe, SubscribeOptions, Unsubscribe, Uri } from "@kreuz/codec";
import * as M from "@kreuz/codec/message-types";
import { BoundedQueue } from "./bounded-queue.js";
import { DEFAULT_BUFFER } from "./caller.js";
import { Holding, Holdings } from "./holdings.js";
import type { Report } from "./report.js";
import { promiseOf, type Requests } from "./requests.js";
import type { EventHandler, SessionEvent, SubscribeSettings, Subscription } from "./session.js";

/** The subscriber of a session. */
export class Subscriber {
  /** Several subscriptions may share one of the router's. */
  readonly subscriptions: Holdings<OwnSubscription>;
  readonly #report: Report;

  constructor(requests: Requests, report: Report) {
    this.subscriptions = new Holdings(requests, true);
    this.#report = report;
  }

  subscribe(topic: Uri, handler: EventHandler | undefined, settings: SubscribeSettings): Promise<Subscription> {
    const subscription = new OwnSubscription(this.subscriptions, topic, settings, handler);
    return promiseOf((settle) => this.subscriptions.make(subscription, settle));
  }

  receive({ subscription: id, publication, details, payload }: Event): void {
    const { args = [], kwargs = {} } = payload;
    for (const subscription of this.subscriptions.of(id)) {
      const event = { topic: details.topic ?? subscription.topic, publication, args, kwargs, details };
      subscription.deliver(event, this.#report);
    }
  }
}

const SETTLED = Promise.resolve();

class OwnSubscription extends Holding implements Subscription {
  readonly topic: Uri;
  dropped = 0;
  readonly #options: SubscribeOptions;
  readonly #holdings: Holdings<OwnSubscription>;
  readonly #handler: EventHandler | undefined;
  readonly #queue: BoundedQueue<SessionEvent>;

  constructor(
    holdings: Holdings<OwnSubscription>,
    topic: Uri,
    { buffer = DEFAULT_BUFFER, ...options }: SubscribeSettings,
    handler: EventHandler | undefined,
  ) {
    super();
    this.topic = topic;
    this.#options = options;
    this.#holdings = holdings;
    this.#handler = handler;
    this.#queue = new BoundedQueue(buffer, () => this.unsubscribe());
  }

  override make(request: number): Subscribe {
    return { type: M.SUBSCRIBE, request, options: this.#options, topic: this.topic };
  }

  override takeBack(request: number): Unsubscribe {
    return { type: M.UNSUBSCRIBE, request, subscription: this.id };
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

  override end(error: Error | undefined): void {
    super.end(error);
    this.#queue.end(error);
  }

  unsubscribe(): Promise<void> {
    return this.#holdings.release(this);
  }

  [Symbol.asyncIterator](): BoundedQueue<SessionEvent> {
    return this.#queue;
  }
}
