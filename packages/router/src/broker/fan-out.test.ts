import { EMPTY_PAYLOAD, MessageType as M, type RouterMessage } from "@kreuz/codec";
import { FakeClock } from "@kreuz/testkit";
import { beforeEach, describe, expect, test } from "vitest";
import { FanOut } from "./fan-out.js";
import { OutgoingEvent } from "../session/outgoing-event.js";
import { Session, type SendOutcome } from "../session/session.js";
import type { SessionInfo } from "../session/session-info.js";
import { Subscription } from "./subscription.js";

/** A session that notes the publications that it gets. */
class Listener extends Session {
  readonly got: number[] = [];

  constructor(id: number) {
    super({ session: id } as SessionInfo, 0, false);
  }

  override send(_message: RouterMessage): SendOutcome {
    return "sent";
  }

  override sendEvent(event: OutgoingEvent): void {
    this.got.push(event.message.publication);
  }
}

let clock: FakeClock;
let fanOut: FanOut;
let listeners: Listener[];
let topic: Subscription;

beforeEach(() => {
  clock = new FakeClock();
  fanOut = new FanOut(clock);
  listeners = Array.from({ length: 10_000 }, (_, id) => new Listener(id));
  topic = new Subscription(1, "com.topic", "exact", 0);
  for (const listener of listeners) topic.add(listener, undefined);
});

function publish(publisher: number, publication: number, subscription = topic, shared = false): void {
  const event = new OutgoingEvent({
    type: M.EVENT,
    subscription: subscription.id,
    publication,
    details: {},
    payload: EMPTY_PAYLOAD,
  });
  const receivers = subscription.subscribers;
  fanOut.begin(shared);
  fanOut.deliver(publisher, {
    event,
    subscription,
    receivers,
    size: receivers.size,
    filter: undefined,
    excluded: undefined,
    inbound: false,
    account: undefined,
  });
}

const reached = (publication: number): number => listeners.filter(({ got }) => got.includes(publication)).length;
const finish = (): void => {
  for (let turn = 0; turn < 100 && clock.pending > 0; turn++) clock.advance(0);
};

/** A topic with one listener only. */
function smallTopic(listener: Listener): Subscription {
  const small = new Subscription(2, "com.small", "exact", 0);
  small.add(listener, undefined);
  return small;
}

describe("an event for very many", () => {
  test("is handed out over several turns, to everybody once", async () => {
    publish(1, 100);
    expect(reached(100)).toBe(2048);
    const done = fanOut.ofPublisher(1);
    expect(done).toBeInstanceOf(Promise);
    expect(clock.pending).toBe(1);
    finish();
    await done;
    expect(listeners.every(({ got }) => got.length === 1)).toBe(true);
    expect([fanOut.pending, clock.pending, fanOut.ofPublisher(1)]).toEqual([0, 0, undefined]);
  });

  test("comes before everything that its publisher says later, also on other topics", () => {
    const last = listeners.at(-1)!;
    publish(1, 100);
    publish(1, 101, smallTopic(last));
    publish(1, 102);
    expect(last.got).toEqual([]);
    finish();
    expect(last.got).toEqual([100, 101, 102]);
    expect(listeners[0]?.got).toEqual([100, 102]);
  });

  test("does not hold up other publishers", () => {
    publish(1, 100);
    publish(2, 200, smallTopic(listeners.at(-1)!));
    expect(listeners.at(-1)?.got).toEqual([200]);
  });

  test("shares the turns with others of its kind", () => {
    publish(1, 100);
    publish(2, 200);
    expect([reached(100), reached(200)]).toEqual([2048, 2048]);
    clock.advance(0);
    finish();
    expect(listeners.map(({ got }) => got.toSorted((a, b) => a - b))).toEqual(listeners.map(() => [100, 200]));
  });

  test("does not reach who has unsubscribed meanwhile, nor who subscribed too late", () => {
    publish(1, 100);
    const gone = listeners.at(-1)!;
    topic.remove(gone);
    const late = new Listener(20_000);
    topic.add(late, undefined);
    finish();
    expect([gone.got, late.got]).toEqual([[], []]);
    expect(reached(100)).toBe(9_999);
  });
});

test("an event that matches very many small subscriptions is handed out over several turns, too", () => {
  fanOut.begin(false);
  const [listener] = listeners as [Listener];
  const small = smallTopic(listener);
  for (let publication = 0; publication < 5000; publication++) {
    const message = { type: M.EVENT, subscription: 2, publication, details: {}, payload: EMPTY_PAYLOAD } as const;
    const receivers = small.subscribers;
    fanOut.deliver(1, {
      event: new OutgoingEvent(message),
      subscription: small,
      receivers,
      size: 1,
      filter: undefined,
      excluded: undefined,
      inbound: false,
      account: undefined,
    });
  }
  expect(listener.got).toHaveLength(2048);
  finish();
  expect(listener.got).toEqual(Array.from({ length: 5000 }, (_, publication) => publication));
});

test("publications of those that nothing is read from share what one turn delivers", () => {
  const small = new Subscription(2, "com.small", "exact", 0);
  for (const listener of listeners.slice(0, 1000)) small.add(listener, undefined);
  const delivered = (): number => listeners.reduce((sum, { got }) => sum + got.length, 0);
  for (let testament = 1; testament <= 10; testament++) publish(7, testament, small, true);
  expect(delivered()).toBe(2048);
  // Clients are not affected.
  publish(8, 11, small);
  expect(delivered()).toBe(3048);
  clock.advance(0);
  expect(delivered()).toBe(11_000);
  expect(listeners[0]!.got.filter((publication) => publication !== 11)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect([fanOut.pending, clock.pending]).toEqual([0, 0]);
});
