import { ErrorUri, MessageType as M, type CancelMode, type Id, type MatchPolicy, type Uri } from "@kreuz/codec";
import { matchesPattern } from "@kreuz/router";
import { settle, type WireSession } from "@kreuz/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CallerBook } from "./caller-book.js";
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

/** Milliseconds for many runs of many steps on a machine that has other things to do. */
const ROOM = 60_000;

async function join(router: TestRouter, count: number): Promise<WireSession[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => router.join({ codec: CODECS[index % CODECS.length]?.[1] })),
  );
}

describe("Invariants: publish and subscribe", () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ type: fc.constant("subscribe" as const), who, pattern }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("unsubscribe" as const), who, index: fc.nat(5) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("rejoin" as const), who }) },
    {
      weight: 4,
      arbitrary: fc.record({ type: fc.constant("publish" as const), who, topic: uri, toMyself: fc.boolean() }),
    },
  );

  it(
    "every event reaches each matching subscription of everybody once, and nobody else, whatever happened before",
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const router = await createTestRouter();
          const clients = await join(router, 4);
          const held = clients.map(() => new Map<Id, Pattern>());
          for (const now of steps) {
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
              case "publish": {
                client.publish(now.topic, {}, { acknowledge: true, exclude_me: !now.toMyself });
                await settle(1);
                for (const [index, other] of clients.entries()) {
                  const included = other !== client || now.toMyself;
                  const matching = [...held[index]!].filter(([, [at, match]]) => matchesPattern(now.topic, at, match));
                  const expected = included ? matching.map(([id]) => id) : [];
                  const received: Id[] = [];
                  while (other.unread.length > 0) {
                    const message = await other.next();
                    if (message.type === M.EVENT) received.push(message.subscription);
                    else expect(message.type).toBe(M.PUBLISHED);
                  }
                  expect(received.toSorted()).toEqual(expected.toSorted());
                }
              }
            }
          }
          await expectNoTrace(router, clients);
        }),
        { numRuns: 40 },
      );
    },
    ROOM,
  );
});

describe("Invariants: remote procedure calls", () => {
  const modes: readonly CancelMode[] = ["skip", "kill", "killnowait"];
  const step = fc.oneof(
    {
      weight: 2,
      arbitrary: fc.record({ type: fc.constant("register" as const), who, pattern, concurrency: fc.nat(2) }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("unregister" as const), who, index: fc.nat(5) }) },
    {
      weight: 6,
      arbitrary: fc.record({ type: fc.constant("call" as const), who, procedure: uri, timeout: fc.nat(2) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ type: fc.constant("answer" as const), who, index: fc.nat(5), fails: fc.boolean() }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("progress" as const), who, index: fc.nat(5) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant("cancel" as const),
        who,
        index: fc.nat(5),
        mode: fc.constantFrom(...modes),
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("wait" as const), who }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("rejoin" as const), who }) },
  );

  it(
    "every call gets exactly one final answer, however callers and callees behave",
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
          const router = await createTestRouter();
          const clients = await join(router, 4);
          const books = clients.map(() => new CallerBook());
          for (const now of steps) {
            const client = clients[now.who]!;
            const book = books[now.who]!;
            switch (now.type) {
              case "register": {
                const options = { match: now.pattern[1], invoke: "roundrobin", concurrency: now.concurrency } as const;
                client.send({ type: M.REGISTER, request: client.nextRequest(), options, procedure: now.pattern[0] });
                break;
              }
              case "unregister": {
                const registration = [...book.registrations][now.index];
                if (registration === undefined) break;
                book.registrations.delete(registration);
                client.send({ type: M.UNREGISTER, request: client.nextRequest(), registration });
                break;
              }
              case "call":
                book.open.add(client.call(now.procedure, {}, { timeout: now.timeout * 100, receive_progress: true }));
                break;
              case "answer":
              case "progress": {
                const request = [...book.work][now.index];
                if (request === undefined) break;
                if (now.type === "progress") client.yield(request, {}, { progress: true });
                else {
                  book.work.delete(request);
                  if (now.fails) client.fail(request, "com.example.error");
                  else client.yield(request);
                }
                break;
              }
              case "cancel": {
                const request = [...book.open][now.index] ?? 1_000_000;
                client.send({ type: M.CANCEL, request, options: { mode: now.mode } });
                break;
              }
              case "wait":
                router.clock.advance(100);
                break;
              case "rejoin":
                await settle(1);
                await book.read(client);
                await client.leave();
                await client.join(REALM);
                books[now.who] = new CallerBook();
            }
            await settle(1);
            for (const [index, other] of clients.entries()) await books[index]!.read(other);
            expect(clients.some(({ closed }) => closed)).toBe(false);
          }
          // All callees answer what they have until there is nothing left: then nobody waits any more.
          for (let busy = true; busy;) {
            busy = false;
            for (const [index, client] of clients.entries())
              for (const request of books[index]!.work) {
                busy = true;
                books[index]!.work.delete(request);
                client.yield(request);
              }
            await settle(1);
            for (const [index, client] of clients.entries()) await books[index]!.read(client);
          }
          for (const { open } of books) expect([...open]).toEqual([]);
          expect(router.counts(REALM)).toMatchObject({ pendingCalls: 0, waitingCalls: 0 });
          expect(router.errors()).toEqual([]);
          await expectNoTrace(router, clients);
        }),
        { numRuns: 60 },
      );
    },
    ROOM,
  );

  it(
    "a call goes to the one best registration, or to nobody, whatever was registered and taken back before",
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
              const request = caller!.call(procedure);
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
    ROOM,
  );
});
