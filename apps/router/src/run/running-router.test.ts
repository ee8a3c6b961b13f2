import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CloseUri, EMPTY_PAYLOAD, MessageType } from "@kreuz/codec";
import { FakeClock } from "@kreuz/testkit";
import { expect, test } from "vitest";
import { developmentConfig, override } from "../config/find-config.js";
import { parseConfig } from "../config/load-config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { advance, joinClient, startForTest, temporaryFolder } from "../testing/running-router.js";
import type { RunningRouter, StopOptions } from "./running-router.js";

/** A config with a plugin whose cleanup never ends. */
async function configWithStuckPlugin(): Promise<LoadedConfig> {
  const folder = temporaryFolder();
  await writeFile(
    join(folder, "stuck.mjs"),
    `export const stuck = () => ({ name: "stuck", setup: (realm) => realm.defer(() => new Promise(() => {})) });`,
  );
  const { config } = developmentConfig();
  const realms = [{ ...config.realms[0], plugins: [{ package: "./stuck.mjs" }] }];
  return parseConfig(JSON.stringify({ realms }), join(folder, "kreuz.json"));
}

async function started(loaded: LoadedConfig): Promise<{ clock: FakeClock; running: RunningRouter }> {
  const clock = new FakeClock();
  return { clock, running: await startForTest(override(loaded, { port: 0 }), { clock }) };
}

/** Starts a stop and tells whether it is over. */
function stop(running: RunningRouter, options: StopOptions = {}) {
  const stopping = { done: false, promise: Promise.resolve() };
  stopping.promise = running.stop(options).then(() => void (stopping.done = true));
  return stopping;
}

test("stop waits for a client that never answers GOODBYE, but only for the grace time", async () => {
  const { clock, running } = await started(developmentConfig());
  const session = await joinClient(running);
  const stopping = stop(running, { farewell: "goodbye", graceMs: 50 });
  await advance(clock, 40);
  expect(stopping.done).toBe(false);
  await advance(clock, 10);
  await stopping.promise;
  expect((await session.expect(MessageType.GOODBYE)).reason).toBe(CloseUri.SYSTEM_SHUTDOWN);
});

test("stop closes connections without GOODBYE by default, after the pending calls or the grace time", async () => {
  const { clock, running } = await started(developmentConfig());
  const callee = await joinClient(running);
  const caller = await joinClient(running);
  await callee.register("com.slow");
  caller.send({
    type: MessageType.CALL,
    request: caller.nextRequest(),
    options: {},
    procedure: "com.slow",
    payload: EMPTY_PAYLOAD,
  });
  const { request } = await callee.expect(MessageType.INVOCATION);
  const stopping = stop(running);
  await advance(clock, 100);
  callee.send({ type: MessageType.YIELD, request, options: {}, payload: EMPTY_PAYLOAD });
  await caller.expect(MessageType.RESULT);
  await advance(clock, 100);
  await stopping.promise;
  await callee.expectClosed();
  await caller.expectClosed();
  expect(caller.unread).toEqual([]);
});

test.each<[number, StopOptions]>([
  [100, { timeoutMs: 100 }],
  [1200, {}],
])("stop abandons a plugin whose cleanup never ends after %d ms", async (ms, options) => {
  const { clock, running } = await started(await configWithStuckPlugin());
  const stopping = stop(running, options);
  await advance(clock, ms - 10);
  expect(stopping.done).toBe(false);
  await advance(clock, 10);
  await stopping.promise;
});

test("a second stop is the same as the first", async () => {
  const { running } = await started(developmentConfig());
  expect(running.stop()).toBe(running.stop());
});
