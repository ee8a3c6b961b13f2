// Sends the running app invalid data of all kinds. It must keep running, release everything that belonged to the
// attackers, and serve well-behaved clients all the time.
import { afterAll, beforeAll, expect, test } from "vitest";
import { KINDS } from "../interop/clients/kinds.js";
import { RouterProcess } from "../support/router-process.js";
import { until } from "../support/wait.js";
import { runAttacks } from "./attack-run.js";
import { inventory, PROBED } from "./probe.js";
import { WellBehavedClients } from "./well-behaved-clients.js";

/** Different in every run. Set FUZZ_SEED to repeat a run. */
const SEED = Number(process.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

let router: RouterProcess;

beforeAll(async () => {
  router = await RouterProcess.start({ files: PROBED, nodeOptions: ["--expose-gc"] });
});

afterAll(() => router.kill());

test(`survives the attacks of FUZZ_SEED=${SEED}`, async () => {
  const clients = await WellBehavedClients.start(router);
  const { sessions, subscriptions, registrations } = await inventory(clients.client);
  const port = Number(new URL(router.url).port);
  // A busy router needs more memory and keeps it, so that only growth after a first run counts.
  await runAttacks({ port, seed: SEED + 1, attacks: 300, concurrency: 16 });
  const before = await inventory(clients.client);

  const messages = await runAttacks({ port, seed: SEED, attacks: 2000, concurrency: 16 });

  expect(router.running, "the router still runs").toBe(true);
  for (const count of await clients.stop()) expect(count, "calls or events of a client").toBeGreaterThan(20);
  for (const kind of KINDS) await (await kind.open(router)).close();
  await until("the router to release the attackers' sessions", async () => {
    const now = await inventory(clients.client);
    return now.sessions === sessions;
  });
  const after = await inventory(clients.client);
  expect(after).toMatchObject({ sessions, subscriptions, registrations });
  expect(after.used - before.used, "growth of the memory in use, in MiB").toBeLessThan(32);
  expect(after.resident - before.resident, "growth of the process, in MiB").toBeLessThan(200);
  expect(router.errors).toEqual([]);
  expect(messages).toBeGreaterThan(2000);
  expect(await router.stop()).toBe(0);
});
