// Many sessions hold the most that they may. The router keeps to a small budget by refusing and cutting them, and answers
// the calls of somebody who asks for little.
import { Budget, type Cut, ErrorUri, MessageType as M } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import { settle, type WireSession } from "@kreuz/testkit";
import { expect, test } from "vitest";
import { createTestRouter, expectNoTrace, PROCEDURE, type TestRouter } from "../support/index.js";
import { usedMemory } from "./fuzzed-router.js";

const MAX_BYTES = 32 * 2 ** 20;
const SESSIONS = 500;
const PATTERNS = 40;
const CALLS = 10;
const PAYLOAD = "x".repeat(20_000);
const CODECS = [json, msgpack, cbor];

const procedureOf = (index: number): string => `com.worst.p${index}`;

/** Wildcard patterns that share no part, a registration, and calls with large arguments that nobody answers. */
function holdMuch(client: WireSession, index: number): void {
  for (let count = 0; count < PATTERNS; count++) {
    const topic = `com.worst.s${index}.t${count}..a..b..c..d..${"x".repeat(800)}`;
    client.send({ type: M.SUBSCRIBE, request: client.nextRequest(), options: { match: "wildcard" }, topic });
  }
  const request = client.nextRequest();
  client.send({ type: M.REGISTER, request, options: { concurrency: 1 }, procedure: procedureOf(index) });
  for (let count = 0; count < CALLS; count++)
    client.sendCall(procedureOf((index * 7 + count) % (index + 1)), { args: [PAYLOAD] });
}

/** Expects that a call between two well-behaved clients is answered. */
async function expectAnswered(callee: WireSession, caller: WireSession): Promise<void> {
  caller.sendCall(PROCEDURE, { args: ["hello"] });
  const { request, payload } = await callee.expect(M.INVOCATION);
  callee.yield(request, payload);
  expect((await caller.expect(M.RESULT)).payload.args).toEqual(["hello"]);
}

/** What the router told a client that it refused or cut. */
function refusalsOf(client: WireSession): number {
  return client.unread.filter(
    (message) =>
      "type" in message &&
      ((message.type === M.ERROR && message.error === ErrorUri.LIMIT_EXCEEDED) ||
        (message.type === M.ABORT && message.reason === ErrorUri.LIMIT_EXCEEDED)),
  ).length;
}

interface Outcome {
  readonly peak: number;
  /** Memory in use while the sessions hold all that, in MiB. */
  readonly used: number;
  readonly refusals: number;
  /** The longest call between the well-behaved clients, in milliseconds. Printed, not judged. */
  readonly longestMs: number;
}

/** Lets the sessions join one after the other, and looks at the budget and the well-behaved clients between them. */
async function attack(router: TestRouter, budget: Budget, pair: readonly [WireSession, WireSession]): Promise<Outcome> {
  const attackers: WireSession[] = [];
  let [peak, longestMs] = [0, 0];
  for (let index = 0; index < SESSIONS; index++) {
    const client = await router.join({ codec: CODECS[index % CODECS.length] });
    attackers.push(client);
    holdMuch(client, index);
    await settle(1);
    // Those that were cut leave in turns of the event loop, which the router takes from its clock.
    router.clock.advance(0);
    peak = Math.max(peak, budget.bytes);
    const start = performance.now();
    await expectAnswered(...pair);
    longestMs = Math.max(longestMs, performance.now() - start);
  }
  const refusals = attackers.reduce((sum, client) => sum + refusalsOf(client), 0);
  const used = await usedMemory();
  await expectGone(router, attackers);
  return { peak, used, refusals, longestMs };
}

async function expectGone(router: TestRouter, attackers: readonly WireSession[]): Promise<void> {
  for (const client of attackers) client.disconnect();
  await settle();
  router.clock.advance(0);
  expect(router.connections, "the well-behaved clients").toBe(2);
}

test(`${SESSIONS} sessions that hold the most they may stay within a budget of ${MAX_BYTES / 2 ** 20} MiB`, async () => {
  const cuts: Cut[] = [];
  const budget = new Budget({ maxBytes: MAX_BYTES, onCut: (cut) => cuts.push(cut) });
  const router = await createTestRouter({ budget });
  const pair = [await router.join(), await router.join()] as const;
  await pair[0].register(PROCEDURE);
  const [held, before] = [budget.bytes, await usedMemory()];

  const { peak, used, refusals, longestMs } = await attack(router, budget, pair);

  process.stdout.write(
    `${SESSIONS} greedy sessions: at most ${(peak / 2 ** 20).toFixed(1)} of ${MAX_BYTES / 2 ** 20} MiB charged, ` +
      `${refusals} refusals, ${cuts.length} clients cut, ${(used - before).toFixed(0)} MiB more in use; ` +
      `${SESSIONS} calls of another client, the longest ${longestMs.toFixed(1)} ms\n`,
  );
  expect(peak).toBeLessThanOrEqual(MAX_BYTES);
  // Together they ask for several times the budget.
  expect(peak).toBeGreaterThan(MAX_BYTES * 0.8);
  // Frames that the clients have not looked at are in this process, too.
  expect(used - before, "growth of the memory in use, in MiB").toBeLessThan((MAX_BYTES / 2 ** 20) * 3);
  expect(refusals).toBeGreaterThan(0);
  expect(budget.bytes, "what the well-behaved clients hold").toBe(held);
  await expectAnswered(...pair);
  expect(router.errors()).toEqual([]);
  await expectNoTrace(router, pair);
  expect([budget.bytes, budget.pieces, budget.clients]).toEqual([0, 0, 0]);
});
