// The running app among clients that send it anything but what it expects. It must outlive them, let go of everything
// that was theirs, and meanwhile serve those who behave as if nothing happened.
import { afterAll, beforeAll, expect, test } from "vitest";
import { KINDS } from "../interop/clients/kinds.js";
import { until } from "../support/wait.js";
import { RouterProcess } from "../support/router-process.js";
import { Citizens } from "./well-behaved-clients.js";
import { inventory, PROBED } from "./probe.js";
import { siege } from "./attack-run.js";

/** Another one each time; FUZZ_SEED repeats one. */
const SEED = Number(process.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

let router: RouterProcess;

beforeAll(async () => {
  router = await RouterProcess.start({ files: PROBED, nodeOptions: ["--expose-gc"] });
});

afterAll(() => router.kill());

test(`outlives the attacks of FUZZ_SEED=${SEED}`, async () => {
  const citizens = await Citizens.settle(router);
  const { sessions, subscriptions, registrations } = await inventory(citizens.spokesman);
  // What a router needs when it is busy, it keeps: so that is not counted.
  const port = Number(new URL(router.url).port);
  await siege({ port, seed: SEED + 1, attacks: 300, atOnce: 16, mostMs: 1500 });
  const before = await inventory(citizens.spokesman);

  const { attacks, frames } = await siege({ port, seed: SEED, attacks: 3000, atOnce: 16, mostMs: 9000 });

  expect(router.running, "the router is still there").toBe(true);
  for (const count of await citizens.rest()) expect(count, "work that citizens got done").toBeGreaterThan(20);
  for (const kind of KINDS) await (await kind.open(router)).close();
  await until("the router to forget them all", async () => {
    const now = await inventory(citizens.spokesman);
    return now.sessions === sessions;
  });
  const after = await inventory(citizens.spokesman);
  expect(after).toMatchObject({ sessions, subscriptions, registrations });
  expect(after.used - before.used, "MiB that are in use now and were not before").toBeLessThan(32);
  expect(after.resident - before.resident, "MiB that the process has grown by").toBeLessThan(200);
  expect(router.faults).toEqual([]);
  expect(attacks).toBeGreaterThan(200);
  expect(frames).toBeGreaterThan(2000);
  expect(await router.stop()).toBe(0);
});
