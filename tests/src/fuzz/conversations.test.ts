// Holds conversations of WAMP that break off anywhere, over every transport and in every codec, with mutations, pauses
// and kills. When they are over, nothing of them is left, and the calls of well-behaved clients were answered all along.
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../support/wait.js";
import { runConversations } from "./conversation-run.js";
import { FuzzedRouter, MAX_RETAINED_TOPICS, usedMemory } from "./fuzzed-router.js";
import { Keepers } from "./keepers.js";
import { SeededRandom } from "./seeded-random.js";

/** Different in every run. Set FUZZ_SEED to repeat a run. */
const SEED = Number(process.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
/** How long it takes. Without it, a fixed number of conversations is held. */
const SECONDS = Number(process.env["FUZZ_SECONDS"] ?? 0);
const CONVERSATIONS = 600;
const CONCURRENCY = 16;

let router: FuzzedRouter;

beforeAll(async () => {
  router = await FuzzedRouter.start();
});

afterAll(() => router.close());

/** Waits until nothing of the clients is left, or for what is left not to change any more. */
async function nothingLeft(expected: object): Promise<void> {
  await until("the last clients to be gone", () => router.remains().connections === 0).catch(() => {});
  await until("timers, descriptors and charges to be released", () => {
    const { budget, timers } = router.remains();
    return budget.clients === 0 && timers === 0;
  }).catch(() => {});
  const { descriptors, ...remains } = router.remains();
  const { descriptors: before, ...wanted } = expected as ReturnType<FuzzedRouter["remains"]>;
  expect(remains).toEqual(wanted);
  expect(descriptors, "open descriptors").toBeLessThanOrEqual(before);
}

async function hold(seed: number, goesOn: (started: number) => boolean): Promise<void> {
  const started = performance.now();
  const keepers = await Keepers.start(router, new SeededRandom(seed));
  const run = await runConversations({ places: router, seed, goesOn, concurrency: CONCURRENCY });
  const calls = await keepers.stop();
  process.stdout.write(
    `fuzz: FUZZ_SEED=${SEED}, ${run.conversations} conversations in ${((performance.now() - started) / 1000).toFixed(1)} s, ` +
      `${run.sent} messages sent, ${run.received} received, ${keepers.kills} kills, ${calls} calls of others answered\n`,
  );
  expect(calls).toBeGreaterThan(20);
  expect(run.received).toBeGreaterThan(run.conversations);
}

test(
  `survives the conversations of FUZZ_SEED=${SEED}`,
  async () => {
    const empty = router.remains();
    // The first conversations compile the code and fill the caches.
    await hold(SEED + 1, (started) => started < CONVERSATIONS / 4);
    await nothingLeft(empty);
    const before = await usedMemory();

    const end = performance.now() + SECONDS * 1000;
    await hold(SEED, (started) => (SECONDS === 0 ? started < CONVERSATIONS : performance.now() < end));

    await nothingLeft(empty);
    expect(router.retainedTopics).toBeLessThanOrEqual(MAX_RETAINED_TOPICS);
    const after = await usedMemory();
    process.stdout.write(`fuzz: ${before.toFixed(0)} MiB in use before, ${after.toFixed(0)} MiB after\n`);
    expect(after, "memory in use, in MiB").toBeLessThan(before * 1.5 + 8);
    expect(router.problems).toEqual([]);
  },
  SECONDS * 1000 + 300_000,
);
