// Integers of 64 bits keep all their digits, whatever the codecs of publisher and subscriber, on every way on which the
// router keeps a payload or reads it: retained events, testaments, and event history in memory and on disk.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageType as M } from "@kreuz/codec";
import { eventHistory, memoryStore, type OpenEventStore } from "@kreuz/event-history";
import { lmdbStore } from "@kreuz/event-history-lmdb";
import { testament } from "@kreuz/testament";
import type { WireSession } from "@kreuz/testkit";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { CODEC_PAIRS, createTestRouter, type TestRouter, TOPIC } from "../support/index.js";

const INTEGERS = [
  1_764_078_000_123_456_789n,
  2n ** 53n + 1n,
  -(2n ** 53n) - 1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  2n ** 64n - 1n,
  2n ** 63n + 12_345n,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  0,
];
const PAYLOAD = { args: [INTEGERS, { nested: [INTEGERS] }], kwargs: { since: INTEGERS[0], all: INTEGERS } };

const path = join(mkdtempSync(join(tmpdir(), "kreuz-integers-")), "history");
afterAll(() => rmSync(join(path, ".."), { recursive: true }));

type Way = (
  router: TestRouter,
  publisher: WireSession,
  reader: () => Promise<WireSession>,
) => Promise<{ readonly args?: unknown; readonly kwargs?: unknown }>;

async function history(router: TestRouter, publisher: WireSession, reader: () => Promise<WireSession>) {
  publisher.publish(TOPIC, PAYLOAD, { acknowledge: true });
  await publisher.expect(M.PUBLISHED);
  const asking = await reader();
  const subscription = await asking.subscribe(TOPIC);
  const [event] = (await asking.call("wamp.subscription.get_events", { args: [subscription] })).args ?? [];
  expect(router.errors()).toEqual([]);
  return event as { args: unknown; kwargs: unknown };
}

const WAYS: ReadonlyArray<readonly [name: string, way: Way, store: () => OpenEventStore]> = [
  [
    "retained events",
    async (_router, publisher, reader) => {
      publisher.publish(TOPIC, PAYLOAD, { acknowledge: true, retain: true });
      await publisher.expect(M.PUBLISHED);
      const subscriber = await reader();
      await subscriber.subscribe(TOPIC, { get_retained: true });
      return (await subscriber.expect(M.EVENT)).payload;
    },
    memoryStore,
  ],
  [
    "testaments",
    async (_router, publisher, reader) => {
      await publisher.call("wamp.session.add_testament", { args: [TOPIC, PAYLOAD.args, PAYLOAD.kwargs] });
      const subscriber = await reader();
      await subscriber.subscribe(TOPIC);
      publisher.disconnect();
      return (await subscriber.expect(M.EVENT)).payload;
    },
    memoryStore,
  ],
  ["event history in memory", history, memoryStore],
  ["event history on disk", history, () => lmdbStore({ path })],
];

describe.each(WAYS)("%s", (_name, way, store) => {
  let router: TestRouter;
  beforeEach(async () => {
    const topics = [{ uri: TOPIC }];
    const events = eventHistory({ topics, store: store(), maxLimit: 1 });
    router = await createTestRouter({ realm: { plugins: [events, testament()] } });
  });
  afterEach(async () => {
    await router.close();
    rmSync(path, { recursive: true, force: true });
  });

  it.each(CODEC_PAIRS)("from %s to %s: integers are exact", async (_from, _to, from, to) => {
    const publisher = await router.join({ codec: from });
    const { args, kwargs } = await way(router, publisher, () => router.join({ codec: to }));
    expect({ args, kwargs }).toEqual(PAYLOAD);
  });
});
