import type { Clock, Id } from "@kreuz/codec";
import type { OutgoingEvent } from "../session/outgoing-event.js";
import type { ReceiverFilter } from "./receiver-filter.js";
import type { Session } from "../session/session.js";
import type { Subscription } from "./subscription.js";

/** One event on its way to those on one subscription who may have it. */
export interface Delivery {
  readonly event: OutgoingEvent;
  readonly subscription: Subscription;
  readonly receivers: Iterable<Session>;
  /** About how many. */
  readonly size: number;
  readonly filter: ReceiverFilter | undefined;
  readonly excluded: Session | undefined;
}

/** What waits of one publisher, in order. */
class Queue {
  readonly deliveries: Delivery[] = [];
  /** Where the first one goes on. */
  rest: Iterator<Session> | undefined;
  readonly done: Promise<void>;
  finish: () => void = () => {};

  constructor() {
    this.done = new Promise((resolve) => {
      this.finish = resolve;
    });
  }
}

/** Handing an event to a connection takes some tenths of a microsecond: this many are a millisecond or two. */
const RECEIVERS_PER_TURN = 2048;

/**
 * Hands out events. What goes to very many receivers is handed out over several turns of the event loop, so that nobody
 * else has to wait for it; and whatever the same publisher says meanwhile comes after it, for every receiver.
 */
export class FanOut {
  readonly #clock: Clock;
  readonly #queues = new Map<Id, Queue>();
  #left = RECEIVERS_PER_TURN;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Publishers whose events are still on their way. */
  get pending(): number {
    return this.#queues.size;
  }

  /** Until when everything of this publisher is handed out; `undefined` when it is. */
  ofPublisher(publisher: Id): Promise<void> | undefined {
    return this.#queues.size === 0 ? undefined : this.#queues.get(publisher)?.done;
  }

  /** To be called once for each publication, before its deliveries. */
  begin(): void {
    this.#left = RECEIVERS_PER_TURN;
  }

  deliver(publisher: Id, delivery: Delivery): void {
    const queue = this.#queues.size === 0 ? undefined : this.#queues.get(publisher);
    if (queue !== undefined) queue.deliveries.push(snapshot(delivery));
    else if (delivery.size <= this.#left) this.#handOut(delivery);
    else this.#enqueue(publisher, delivery);
  }

  #handOut(delivery: Delivery): void {
    this.#left -= delivery.size;
    for (const receiver of delivery.receivers) if (mayHave(receiver, delivery)) receiver.sendEvent(delivery.event);
  }

  #enqueue(publisher: Id, delivery: Delivery): void {
    const queue = new Queue();
    queue.deliveries.push(snapshot(delivery));
    this.#queues.set(publisher, queue);
    if (this.#left > 0) this.#work(queue, this.#left);
    // One timer serves all publishers.
    if (this.#queues.size === 1) this.#clock.schedule(0, this.#turn);
  }

  /** Everybody who waits gets the same share of a turn. */
  readonly #turn = (): void => {
    const share = Math.max(1, Math.floor(RECEIVERS_PER_TURN / this.#queues.size));
    for (const [publisher, queue] of this.#queues) {
      if (this.#work(queue, share)) continue;
      this.#queues.delete(publisher);
      queue.finish();
    }
    if (this.#queues.size > 0) this.#clock.schedule(0, this.#turn);
  };

  /** @returns whether there is more. */
  #work(queue: Queue, share: number): boolean {
    let left = share;
    for (let [delivery] = queue.deliveries; delivery !== undefined; [delivery] = queue.deliveries) {
      queue.rest ??= delivery.receivers[Symbol.iterator]();
      for (let next = queue.rest.next(); next.done !== true; next = queue.rest.next()) {
        handTo(next.value, delivery);
        if (--left === 0) return true;
      }
      queue.rest = undefined;
      queue.deliveries.shift();
    }
    return false;
  }
}

/** Who subscribes from now on came too late for it. */
function snapshot(delivery: Delivery): Delivery {
  return { ...delivery, receivers: [...delivery.receivers] };
}

/** Whoever has unsubscribed meanwhile was told so, and gets nothing after that. */
function handTo(receiver: Session, delivery: Delivery): void {
  if (delivery.subscription.subscribers.has(receiver) && mayHave(receiver, delivery))
    receiver.sendEvent(delivery.event);
}

function mayHave(receiver: Session, { filter, excluded }: Delivery): boolean {
  return receiver !== excluded && (filter === undefined || filter.admits(receiver.info));
}
