// Ten thousand sessions come, use everything, and go in every way there is: nothing of them may stay behind.
import type { Codec } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import type { Router } from "@kreuz/router";
import { FakeClock, settle } from "@kreuz/testkit";
import { connectMemory } from "@kreuz/transport-memory";
import { listenWebSocket } from "@kreuz/transport-node";
import { expect, test } from "vitest";
import { until } from "../support/wait.js";
import { connectRudely } from "./abrupt-websocket.js";
import { manyVisits, openRouter } from "./session-run.js";
import { Wanderer } from "./random-client.js";

const OVER_MEMORY = 9000;
const OVER_SOCKETS = 1000;

/** Waits for what happens, not for a time: a turn of the event loop is long when there are many. */
const PATIENCE = { turns: 20_000 };
const CODECS: readonly Codec[] = [json, msgpack, cbor];
const codecOf = (index: number): Codec => CODECS[index % CODECS.length]!;

/** What a router with nobody in it has: its plugins' procedures. */
const emptiness = (router: Router): object => ({ connections: 0, ...router.counts("realm1") });
const now = (router: Router): object => ({ connections: router.connections, ...router.counts("realm1") });

test(`${OVER_MEMORY} sessions over memory`, async () => {
  const clock = new FakeClock();
  const router = await openRouter({ clock });
  const empty = emptiness(router);

  await manyVisits(OVER_MEMORY, 10, async (index) => {
    const client = new Wanderer(PATIENCE);
    connectMemory(router, client, { codec: codecOf(index), clock });
    return client;
  });
  await settle();

  expect(now(router)).toEqual(empty);
  expect(clock.pending, "timers").toBe(0);
  await router.close();
});

test(`${OVER_SOCKETS} sessions over real sockets`, async () => {
  const errors: Error[] = [];
  const router = await openRouter();
  const listener = await listenWebSocket(router, { codecs: CODECS, port: 0, onError: (error) => errors.push(error) });
  const empty = emptiness(router);

  await manyVisits(OVER_SOCKETS, 10, async (index) => {
    const client = new Wanderer(PATIENCE);
    await connectRudely(listener.url, codecOf(index), client);
    return client;
  });
  await until("the last connection to close", () => router.connections + listener.connections === 0);

  expect(now(router)).toEqual(empty);
  expect(errors).toEqual([]);
  await router.close();
  await listener.close();
});
