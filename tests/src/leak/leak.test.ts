// Thousands of sessions use everything and leave in every possible way: the router must hold nothing of them.
import type { Codec } from "@kreuz/codec";
import { cbor } from "@kreuz/codec/cbor";
import { json } from "@kreuz/codec/json";
import { msgpack } from "@kreuz/codec/msgpack";
import type { Router } from "@kreuz/router";
import { FakeClock, nextTurn, settle } from "@kreuz/testkit";
import { connectMemory } from "@kreuz/transport-memory";
import { listenWebSocket } from "@kreuz/transport-node";
import { expect, test } from "vitest";
import { THOROUGH } from "../support/thorough.js";
import { until } from "../support/wait.js";
import { connectAbruptly } from "./abrupt-websocket.js";
import { runSessions, openRouter } from "./session-run.js";
import { RandomClient } from "./random-client.js";

const [OVER_MEMORY, OVER_SOCKETS] = THOROUGH ? [9000, 1000] : [2000, 200];

/** In turns of the event loop, not in time: many sessions share each turn. */
const PATIENCE = { turns: 20_000 };
const CODECS: readonly Codec[] = [json, msgpack, cbor];
const codecOf = (index: number): Codec => CODECS[index % CODECS.length]!;

/** What a router holds without clients: the procedures of its plugins. */
const emptyCounts = (router: Router): object => ({ connections: 0, ...router.counts("realm1") });
const countsNow = (router: Router): object => ({ connections: router.connections, ...router.counts("realm1") });

test(`${OVER_MEMORY} sessions over memory`, async () => {
  const clock = new FakeClock();
  const router = await openRouter({ clock });
  const empty = emptyCounts(router);
  // Sessions leave in turns of the event loop, which the router takes from its clock.
  const turn = async (): Promise<void> => {
    await nextTurn();
    clock.advance(0);
  };

  await runSessions(OVER_MEMORY, 10, async (index) => {
    const client = new RandomClient({ ...PATIENCE, turn });
    connectMemory(router, client, { codec: codecOf(index), clock });
    return client;
  });
  await settle(5, { turn });

  expect(countsNow(router)).toEqual(empty);
  expect(clock.pending, "timers").toBe(0);
  await router.close();
});

test(`${OVER_SOCKETS} sessions over real sockets`, async () => {
  const errors: Error[] = [];
  const router = await openRouter();
  const listener = await listenWebSocket(router, { codecs: CODECS, port: 0, onError: (error) => errors.push(error) });
  const empty = emptyCounts(router);

  await runSessions(OVER_SOCKETS, 10, async (index) => {
    const client = new RandomClient(PATIENCE);
    await connectAbruptly(listener.url, codecOf(index), client);
    return client;
  });
  await until("the last connection to close", () => router.connections + listener.connections === 0);

  expect(countsNow(router)).toEqual(empty);
  expect(errors).toEqual([]);
  await router.close();
  await listener.close();
});
