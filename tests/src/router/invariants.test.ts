import { ErrorUri, MessageType as M, type CancelMode, type Id, type MatchPolicy, type Uri } from "@kreuz/codec";
import { matchesPattern } from "@kreuz/router";
import { check, settle, type WireSession } from "@kreuz/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CODECS, createTestRouter, expectNoTrace, REALM, type TestRouter } from "../support/index.js";

type Pattern = readonly [uri: Uri, match: MatchPolicy];

const uri = fc.array(fc.constantFrom("a", "b"), { minLength: 1, maxLength: 3 }).map((parts) => parts.join("."));
const pattern: fc.Arbitrary<Pattern> = fc.oneof(
  uri.map((exact): Pattern => [exact, "exact"]),
  fc
    .oneof(
      uri,
      fc.constant(""),
      uri.map((prefix) => `${prefix}.`),
    )
    .map((prefix): Pattern => [prefix, "prefix"]),
  fc
    .array(fc.constantFrom("a", ""), { minLength: 1, maxLength: 3 })
    .map((parts): Pattern => [parts.join("."), "wildcard"]),
);
const who = fc.nat(3);
const index = fc.nat(5);

/** For many runs of many steps on a busy machine. */
const TIMEOUT_MS = 60_000;

async function join(router: TestRouter, count: number): Promise<WireSession[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => router.join({ codec: CODECS[index % CODECS.length]?.[1] })),
  );
}

/** What one session knows of its calls, invocations and registrations. */
class SessionRecord {
  /** Calls without a final answer. */
  readonly calls: Set<Id> = new Set();
  /** INVOCATIONs that it may answer. */
  readonly invocations: Set<Id> = new Set();
  readonly registrations: Set<Id> = new Set();
  #lastInvocation: Id = 0;

  /** Reads what has arrived. Every answer must be for a call that has no final answer yet. */
  async read(client: WireSession): Promise<void> {
    while (client.unread.length > 0) {
      const message = await client.next();
      switch (message.type) {
        case M.RESULT:
          check(this.calls.has(message.request), `a RESULT for call ${message.request}, which was answered already`);
          if (message.details.progress !== true) this.calls.delete(message.request);
          break;
        case M.ERROR:
          if (message.requestType !== M.CALL) break;
          check(this.calls.has(message.request), `an ERROR for call ${message.request}, which was answered already`);
          this.calls.delete(message.request);
          break;
        case M.INVOCATION:
          check(message.request === ++this.#lastInvocation, `INVOCATION ${message.request} is out of sequence`);
          this.invocations.add(message.request);
          break;
        case M.REGISTERED:
          this.registrations.add(message.registration);
          break;
        case M.INTERRUPT:
          check(message.request <= this.#lastInvocation, `INTERRUPT for ${message.request}, which was never sent`);
          if (message.options.mode !== "kill") this.invocations.delete(message.request);
          break;
        default:
          check(message.type === M.UNREGISTERED, `an unexpected message of type ${message.type}`);
      }
    }
  }
}

/** A kind of step with its fields. */
function stepOf<const T extends string, F>(type: T, fields: { [K in keyof F]: fc.Arbitrary<F[K]> }) {
  return fc.record({ type: fc.constant(type), ...fields }) as fc.Arbitrary<{ type: T } & F>;
}

type StepOf<T> = T extends fc.Arbitrary<infer S> ? S : never;

describe("Invariants: publish and subscribe", () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: stepOf("subscribe", { who, pattern }) },
    { weight: 1, arbitrary: stepOf("unsubscribe", { who, index }) },
    { weight: 1, arbitrary: stepOf("rejoin", { who }) },
    { weight: 4, arbitrary: stepOf("publish", { who, topic: uri, toMyself: fc.boolean() }) },
  );

  async function take(now: StepOf<typeof step>, clients: WireSession[], held: Map<Id, Pattern>[]): Promise<void> {
    const [client, mine] = [clients[now.who]!, held[now.who]!];
    switch (now.type) {
      case "subscribe":
        mine.set(await client.subscribe(now.pattern[0], { match: now.pattern[1] }), now.pattern);
        break;
      case "unsubscribe": {
        const id = [...mine.keys()][now.index];
        if (id === undefined) break;
        await client.unsubscribe(id);
        mine.delete(id);
        break;
      }
      case "rejoin":
        await client.leave();
        await client.join(REALM);
        mine.clear();
        break;
      case "publish":
        client.publish(now.topic, {}, { acknowledge: true, exclude_me: !now.toMyself });
        await settle(1);
        for (const [at, other] of clients.entries()) {
          const included = other !== client || now.toMyself;
          const matching = [...held[at]!].filter(([, [uri, match]]) => matchesPattern(now.topic, uri, match));
          await expectEventsOf(other, included ? matching.map(([id]) => id) : []);
        }
    }
  }

  async function expectEventsOf(client: WireSession, subscriptions: readonly Id[]): Promise<void> {
    const received: Id[] = [];
    while (client.unread.length > 0) {
      const message = await client.next();
      if (message.type === M.EVENT) received.push(message.subscription);
      else expect(message.type).toBe(M.PUBLISHED);
    }
    expect(received.toSorted()).toEqual(subscriptions.toSorted());
  }

  it(
    "an event reaches each matching subscription once and nobody else, whatever happened before",
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const router = await createTestRouter();
          const clients = await join(router, 4);
          const held = clients.map(() => new Map<Id, Pattern>());
          for (const now of steps) await take(now, clients, held);
          await expectNoTrace(router, clients);
        }),
        { numRuns: 40 },
      );
    },
    TIMEOUT_MS,
  );
});

describe("Invariants: remote procedure calls", () => {
  const modes: readonly CancelMode[] = ["skip", "kill", "killnowait"];
  const step = fc.oneof(
    { weight: 2, arbitrary: stepOf("register", { who, pattern, concurrency: fc.nat(2) }) },
    { weight: 1, arbitrary: stepOf("unregister", { who, index }) },
    { weight: 6, arbitrary: stepOf("call", { who, procedure: uri, timeout: fc.nat(2) }) },
    { weight: 4, arbitrary: stepOf("answer", { who, index, fails: fc.boolean() }) },
    { weight: 1, arbitrary: stepOf("progress", { who, index }) },
    { weight: 2, arbitrary: stepOf("cancel", { who, index, mode: fc.constantFrom(...modes) }) },
    { weight: 1, arbitrary: stepOf("wait", { who }) },
    { weight: 1, arbitrary: stepOf("rejoin", { who }) },
  );

  function act(now: StepOf<typeof step>, client: WireSession, record: SessionRecord): void {
    switch (now.type) {
      case "register": {
        const options = { match: now.pattern[1], invoke: "roundrobin", concurrency: now.concurrency } as const;
        return client.send({
          type: M.REGISTER,
          request: client.nextRequest(),
          options,
          procedure: now.pattern[0],
        });
      }
      case "unregister": {
        const registration = [...record.registrations][now.index];
        if (registration === undefined) return;
        record.registrations.delete(registration);
        return client.send({ type: M.UNREGISTER, request: client.nextRequest(), registration });
      }
      case "call":
        record.calls.add(client.sendCall(now.procedure, {}, { timeout: now.timeout * 100, receive_progress: true }));
        return;
      case "progress": {
        const request = [...record.invocations][now.index];
        return request === undefined ? undefined : client.yield(request, {}, { progress: true });
      }
      case "answer": {
        const request = [...record.invocations][now.index];
        if (request === undefined) return;
        record.invocations.delete(request);
        return now.fails ? client.fail(request, "com.example.error") : client.yield(request);
      }
      case "cancel": {
        const request = [...record.calls][now.index] ?? 1_000_000;
        client.send({ type: M.CANCEL, request, options: { mode: now.mode } });
      }
    }
  }

  /** Lets all callees answer until no invocation is left: then no call waits any longer. */
  async function answerAll(clients: readonly WireSession[], records: readonly SessionRecord[]): Promise<void> {
    for (let busy = true; busy;) {
      busy = false;
      for (const [at, client] of clients.entries())
        for (const request of records[at]!.invocations) {
          busy = true;
          records[at]!.invocations.delete(request);
          client.yield(request);
        }
      await settle(1);
      for (const [at, client] of clients.entries()) await records[at]!.read(client);
    }
  }

  it(
    "every call gets exactly one final answer, whatever callers and callees do",
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
          const router = await createTestRouter();
          const clients = await join(router, 4);
          const records = clients.map(() => new SessionRecord());
          for (const now of steps) {
            const client = clients[now.who]!;
            if (now.type === "wait") router.clock.advance(100);
            else if (now.type === "rejoin") {
              await settle(1);
              await records[now.who]!.read(client);
              await client.leave();
              await client.join(REALM);
              records[now.who] = new SessionRecord();
            } else act(now, client, records[now.who]!);
            await settle(1);
            for (const [at, other] of clients.entries()) await records[at]!.read(other);
            expect(clients.some(({ closed }) => closed)).toBe(false);
          }
          await answerAll(clients, records);
          for (const { calls } of records) expect([...calls]).toEqual([]);
          expect(router.counts(REALM)).toMatchObject({ pendingCalls: 0, waitingCalls: 0 });
          expect(router.errors()).toEqual([]);
          await expectNoTrace(router, clients);
        }),
        { numRuns: 60 },
      );
    },
    TIMEOUT_MS,
  );

  it(
    "a call goes to the best registration or to nobody, whatever was registered and unregistered before",
    async () => {
      const change = fc.record({ who, pattern, add: fc.boolean() });
      await fc.assert(
        fc.asyncProperty(
          fc.array(change, { maxLength: 25 }),
          fc.array(uri, { minLength: 1, maxLength: 6 }),
          async (changes, calls) => {
            const router = await createTestRouter();
            const [caller, ...callees] = await join(router, 5);
            const held = new Map<string, { pattern: Pattern; owner: WireSession; id: Id }>();
            for (const { who: index, pattern: at, add } of changes) {
              const owner = callees[index]!;
              const known = held.get(at.join(" "));
              if (add && known === undefined)
                held.set(at.join(" "), { pattern: at, owner, id: await owner.register(at[0], { match: at[1] }) });
              if (!add && known !== undefined) {
                await known.owner.unregister(known.id);
                held.delete(at.join(" "));
              }
            }
            for (const procedure of calls) {
              const request = caller!.sendCall(procedure);
              await settle(1);
              const asked = callees.filter(({ unread }) => unread.length > 0);
              const matching = [...held.values()].filter((one) => matchesPattern(procedure, ...one.pattern));
              if (matching.length === 0) {
                expect(asked).toEqual([]);
                expect(await caller!.expect(M.ERROR)).toMatchObject({ request, error: ErrorUri.NO_SUCH_PROCEDURE });
                continue;
              }
              const policies = (["exact", "prefix", "wildcard"] as const).map((policy) =>
                matching.filter((one) => one.pattern[1] === policy),
              );
              const eligible = policies.find((list) => list.length > 0) ?? [];
              const longest = Math.max(...eligible.map((one) => one.pattern[0].length));
              expect(asked).toHaveLength(1);
              const { registration } = await asked[0]!.expect(M.INVOCATION);
              const chosen = eligible.find((one) => one.id === registration && one.owner === asked[0]);
              expect(chosen).toBeDefined();
              if (chosen?.pattern[1] === "prefix") expect(chosen.pattern[0]).toHaveLength(longest);
            }
            await expectNoTrace(router, [caller!, ...callees]);
          },
        ),
        { numRuns: 40 },
      );
    },
    TIMEOUT_MS,
  );
});
