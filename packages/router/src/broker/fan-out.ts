import type { Account, Clock, Id } from "@kreuz/codec";
import type { OutgoingEvent } from "../session/outgoing-event.js";
import type { ReceiverFilter } from "./receiver-filter.js";
import type { Session } from "../session/session.js";
import type { Subscription } from "./subscription.js";

/** One event on its way to the subscribers of one subscription that may receive it. */
export interface Delivery {
  readonly event: OutgoingEvent;
  readonly subscription: Subscription;
  readonly receivers: Iterable<Session>;
  /** Subscribers of the subscription: at least as many as receivers. */
  readonly size: number;
  readonly filter: ReceiverFilter | undefined;
  readonly excluded: Session | undefined;
  /** Whether another node's session published the event: not for those who want the events of this node only. */
  readonly inbound: boolean;
  /** Charged while the delivery waits for further turns. */
  readonly account: Account | undefined;
}

/** A delivery that takes several turns, with its receivers fixed. */
interface WaitingDelivery extends Delivery {
  readonly receivers: readonly Session[];
}

/** Bytes of a reference in the list of receivers. */
const BYTES_PER_RECEIVER = 8;

/** The unfinished deliveries of one publisher, in order. */
class Queue {
  readonly deliveries: WaitingDelivery[] = [];
  /** Where the first delivery continues. */
  rest: Iterator<Session> | undefined;
  readonly done: Promise<void>;
  finish: () => void = () => {};
  /** Whether its publisher is not read from. */
  readonly shared: boolean;

  constructor(shared: boolean) {
    this.shared = shared;
    this.done = new Promise((resolve) => {
      this.finish = resolve;
    });
  }
}

/** Sending an event to one connection takes a few tenths of a microsecond, so this many take a millisecond or two. */
const MAX_RECEIVERS_PER_TURN = 2048;

/**
 * Delivers events. An event for very many receivers is delivered over several turns of the event loop, so that nobody
 * else waits for it. What the same publisher sends meanwhile comes after it, for every receiver.
 */
export class FanOut {
  readonly #clock: Clock;
  readonly #queues = new Map<Id, Queue>();
  /** Receivers that the current publication may have at once. */
  #left = MAX_RECEIVERS_PER_TURN;
  #receivers = 0;
  /** Whether its publisher is one of those that nothing else slows down, and what all of these have left in this turn. */
  #shared = false;
  #leftForShared = MAX_RECEIVERS_PER_TURN;
  #resetScheduled = false;
  #pendingShared = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Publishers with unfinished deliveries. */
  get pending(): number {
    return this.#queues.size;
  }

  /** Those of them that are not read from. */
  get pendingShared(): number {
    return this.#pendingShared;
  }

  /** Receivers of the publication that began last, so far as they are known: of those that wait, all that may receive it. */
  get receivers(): number {
    return this.#receivers;
  }

  /** A promise that settles when all deliveries of this publisher are done; `undefined` when none is unfinished. */
  ofPublisher(publisher: Id): Promise<void> | undefined {
    return this.#queues.size === 0 ? undefined : this.#queues.get(publisher)?.done;
  }

  /**
   * Starts a publication: call once, before its deliveries.
   *
   * @param shared - its publisher shares what a turn delivers with all others of its kind, since nothing is read from it:
   * testaments and meta events can come in great numbers in one turn.
   */
  begin(shared: boolean): void {
    this.#shared = shared;
    this.#left = shared ? this.#leftForShared : MAX_RECEIVERS_PER_TURN;
    this.#receivers = 0;
  }

  deliver(publisher: Id, delivery: Delivery): void {
    const queue = this.#queues.size === 0 ? undefined : this.#queues.get(publisher);
    if (queue !== undefined) queue.deliveries.push(this.#snapshot(delivery));
    else if (delivery.size <= this.#left) this.#sendToAll(delivery);
    else this.#enqueue(publisher, delivery);
  }

  #sendToAll(delivery: Delivery): void {
    this.#take(delivery.size);
    for (const receiver of delivery.receivers) {
      if (!mayReceive(receiver, delivery)) continue;
      receiver.sendEvent(delivery.event);
      this.#receivers++;
    }
  }

  #take(receivers: number): void {
    this.#left -= receivers;
    if (!this.#shared) return;
    this.#leftForShared = this.#left;
    // Those that come one at a time need no timer.
    if (this.#resetScheduled || this.#left > MAX_RECEIVERS_PER_TURN / 2) return;
    this.#resetScheduled = true;
    this.#clock.schedule(0, () => {
      this.#resetScheduled = false;
      this.#leftForShared = MAX_RECEIVERS_PER_TURN;
    });
  }

  #enqueue(publisher: Id, delivery: Delivery): void {
    const queue = new Queue(this.#shared);
    if (queue.shared) this.#pendingShared++;
    queue.deliveries.push(this.#snapshot(delivery));
    this.#queues.set(publisher, queue);
    if (this.#left > 0) this.#deliverSome(queue, this.#left);
    this.#take(this.#left);
    // One timer serves all publishers.
    if (this.#queues.size === 1) this.#clock.schedule(0, this.#turn);
  }

  /** Fixes the receivers: sessions that subscribe from now on are too late for the event. */
  #snapshot(delivery: Delivery): WaitingDelivery {
    const receivers = [...delivery.receivers];
    this.#receivers += receivers.length;
    delivery.account?.charge(BYTES_PER_RECEIVER * receivers.length);
    return { ...delivery, receivers };
  }

  /** Every waiting publisher gets the same share of a turn. */
  readonly #turn = (): void => {
    const share = Math.max(1, Math.floor(MAX_RECEIVERS_PER_TURN / this.#queues.size));
    for (const [publisher, queue] of this.#queues) {
      if (this.#deliverSome(queue, share)) continue;
      this.#queues.delete(publisher);
      if (queue.shared) this.#pendingShared--;
      queue.finish();
    }
    if (this.#queues.size > 0) this.#clock.schedule(0, this.#turn);
  };

  /** Delivers to up to `share` receivers. @returns whether any are left. */
  #deliverSome(queue: Queue, share: number): boolean {
    let left = share;
    for (let [delivery] = queue.deliveries; delivery !== undefined; [delivery] = queue.deliveries) {
      queue.rest ??= delivery.receivers[Symbol.iterator]();
      for (let next = queue.rest.next(); next.done !== true; next = queue.rest.next()) {
        sendIfSubscribed(next.value, delivery);
        if (--left === 0) return true;
      }
      queue.rest = undefined;
      queue.deliveries.shift();
      delivery.account?.refund(BYTES_PER_RECEIVER * delivery.receivers.length);
    }
    return false;
  }
}

/** A session that has unsubscribed meanwhile got UNSUBSCRIBED, and may receive nothing after it. */
function sendIfSubscribed(receiver: Session, delivery: Delivery): void {
  if (delivery.subscription.subscribers.has(receiver) && mayReceive(receiver, delivery))
    receiver.sendEvent(delivery.event);
}

function mayReceive(receiver: Session, { filter, excluded, inbound }: Delivery): boolean {
  if (receiver === excluded || (inbound && receiver.reach === "node")) return false;
  return filter === undefined || filter.admits(receiver.info);
}
