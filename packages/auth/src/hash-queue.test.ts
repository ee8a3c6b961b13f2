import { Budget } from "@kreuz/codec";
import type { AuthRequest } from "@kreuz/router";
import { FakeClock, settle } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { TicketAccounts } from "./accounts.js";
import { hashTicket } from "./hashing.js";
import { HashQueue, type HashQueueOptions } from "./hash-queue.js";
import { admitted, challenged, refused, request } from "./testing/requests.js";
import { ticket } from "./ticket.js";

const from = (peer: string, more: Partial<AuthRequest> = {}): AuthRequest =>
  request({ transport: { type: "websocket", protocol: "wamp.2.json", serializer: "json", peer }, ...more });

/** A queue whose hashes end when the test says so. */
function setUp(options: HashQueueOptions = {}) {
  const clock = new FakeClock();
  const queue = new HashQueue({ concurrency: 1, clock, ...options });
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const add = (name: string, peer: string, more: Partial<AuthRequest> = {}): Promise<string> =>
    queue.run(from(peer, more), async () => {
      begun.push(name);
      await new Promise<void>((resolve) => ends.push(resolve));
      return name;
    });
  const endOne = async (): Promise<void> => {
    ends.shift()?.();
    await settle();
  };
  return { clock, queue, begun, add, endOne };
}

describe("HashQueue", () => {
  it("serves addresses by turns: a flood from one delays the others by one hash", async () => {
    const { begun, add, endOne } = setUp();
    for (let count = 0; count < 50; count++) void add(`flood ${count}`, `10.0.0.1:${count}`);
    const joe = add("joe", "10.0.0.2:1");
    const ann = add("ann", "[2001:db8::1]:1");
    for (let count = 0; count < 4; count++) await endOne();
    expect(begun).toEqual(["flood 0", "flood 1", "joe", "ann", "flood 2"]);
    expect(await Promise.all([joe, ann])).toEqual(["joe", "ann"]);
  });

  it("a /64 of IPv6 is one address", async () => {
    const { begun, add, endOne } = setUp();
    for (let count = 0; count < 5; count++) void add(`flood ${count}`, `[2001:db8::${count}]:1`);
    void add("joe", "10.0.0.2:1");
    for (let count = 0; count < 2; count++) await endOne();
    expect(begun).toEqual(["flood 0", "flood 1", "joe"]);
  });

  it("is bounded per address and in all", async () => {
    const { queue, add } = setUp({ maxWaiting: 5, maxWaitingPerAddress: 3 });
    const refusals: string[] = [];
    const note = (error: Error): void => void refusals.push(error.message);
    for (let count = 0; count < 6; count++) add("flood", "10.0.0.1:1").catch(note);
    for (let count = 0; count < 3; count++) add("other", `10.0.1.${count}:1`).catch(note);
    await settle();
    expect(queue.waiting).toBe(5);
    expect(refusals).toEqual([
      "3 tickets of this address wait to be hashed, the maximum (maxWaitingPerAddress)",
      "3 tickets of this address wait to be hashed, the maximum (maxWaitingPerAddress)",
      "5 tickets wait to be hashed, the maximum of all clients (maxWaiting)",
    ]);
  });

  it("is bounded in time, and charged to the account of the client that waits", async () => {
    const { clock, queue, add, endOne } = setUp({ maxWait: 1000 });
    const account = new Budget().open({ cut: () => {} });
    const first = add("first", "10.0.0.1:1", { account });
    const second = add("second", "10.0.0.1:1", { account });
    expect([queue.waiting, account.pieces]).toEqual([1, 1]);
    clock.advance(1000);
    await expect(second).rejects.toThrow("its ticket waited 1000 ms to be hashed, the maximum (maxWait)");
    expect([queue.waiting, account.pieces, account.bytes, clock.pending]).toEqual([0, 0, 0, 0]);
    await endOne();
    expect(await first).toBe("first");
  });

  it("goes on after a hash that fails", async () => {
    const { queue } = setUp();
    const broken = queue.run(from("a:1"), () => Promise.reject(new Error("no memory")));
    const next = queue.run(from("a:1"), async () => "next");
    await expect(broken).rejects.toThrow("no memory");
    expect(await next).toBe("next");
  });

  it("rejects numbers that are not positive", () => {
    expect(() => new HashQueue({ concurrency: 0 })).toThrow("concurrency");
  });
});

describe("ticket, with a hash", () => {
  it("a full queue is neither a wrong ticket nor a failure", async () => {
    const hashes = new HashQueue({ concurrency: 1, maxWaiting: 1, clock: new FakeClock() });
    const ticketHash = await hashTicket("right", { iterations: 1 });
    const store = new TicketAccounts({ joe: { authrole: "user", ticketHash } }, { hashes });
    const steps = await Promise.all(Array.from({ length: 3 }, () => challenged(ticket({ store }))));
    const [first, second, third] = steps.map(async (step) => step.respond("right", {}));
    expect(await refused(third!)).toMatchObject({ reason: "wamp.error.limit_exceeded", attempt: false });
    await admitted(first!);
    await admitted(second!);
  });
});
