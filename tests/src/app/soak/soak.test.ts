// Runs random valid traffic and faults: for a few seconds here, for 30 with `pnpm soak`. When all clients are gone, the
// router must hold nothing of them.
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { until } from "../../support/wait.js";
import { Recording } from "./recording.js";
import { SoakClients, SoakRouter, type Holdings } from "./processes.js";

const SECONDS = Number(process.env["KREUZ_SOAK_SECONDS"] ?? 4);
const SEED = Number(process.env["KREUZ_SOAK_SEED"] ?? Date.now() % 1_000_000);
/** A CSV file for what /metrics says meanwhile. */
const RECORDING = process.env["KREUZ_SOAK_RECORDING"];
const PROCESSES = 3;
/** The number of sessions that compile the code and fill the caches before memory is compared. */
const MIN_WARM_UP_SESSIONS = 30;
/** Caches may still fill up to their limits. A leak would soon exceed this. */
const MAX_GROWTH_BYTES = 24 * 1024 * 1024;

const cleanups: (() => unknown)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/**
 * Runs clients, and every half second stops one of their processes for a while or kills it.
 * @returns their protocol violations.
 */
async function traffic(url: string, seconds: number, seed: number): Promise<string[]> {
  let seeds = seed;
  const all: SoakClients[] = [];
  const open = (): SoakClients => {
    const clients = new SoakClients(url, seeds++);
    cleanups.push(() => clients.signal("SIGKILL"));
    all.push(clients);
    return clients;
  };
  const running = Array.from({ length: PROCESSES }, open);
  const end = performance.now() + seconds * 1000;
  for (let half = 0; performance.now() < end; half++) {
    const at = half % PROCESSES;
    const victim = running[at]!;
    if (half % 5 === 4) {
      victim.signal("SIGKILL");
      running[at] = open();
    } else {
      victim.signal("SIGSTOP");
    }
    await delay(500);
    // Some stay stopped until the router disconnects them.
    if (half % 4 !== 0) victim.signal("SIGCONT");
    else running[(at + 1) % PROCESSES]!.signal("SIGCONT");
  }
  for (const clients of running) clients.signal("SIGCONT");
  await Promise.all(running.map((clients) => clients.stop()));
  return all.flatMap(({ violations }) => violations);
}

/** Waits until all clients are gone. */
async function holdingsAfterwards(router: SoakRouter): Promise<Holdings> {
  await until("the last connection to be gone", async () => (await router.holdings()).connections === 0);
  return router.holdings();
}

const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);

test(
  `${SECONDS} s of random traffic and faults`,
  async () => {
    const router = await SoakRouter.start();
    cleanups.push(() => router.kill());
    const { counts: empty } = await router.holdings();
    let before: Holdings;
    do {
      await traffic(router.url, 1, SEED);
      before = await holdingsAfterwards(router);
    } while (before.metrics["sessionsJoined"]! < MIN_WARM_UP_SESSIONS);
    const recording = RECORDING === undefined ? undefined : new Recording(RECORDING, router.adminUrl);
    const violations = await traffic(router.url, SECONDS, SEED + 1000);
    const after = await holdingsAfterwards(router);
    await recording?.stop();
    process.stdout.write(
      `soak: ${SECONDS} s, seed ${SEED}, heap ${megabytes(before.heap)} MB before, ${megabytes(after.heap)} MB after, ` +
        `${JSON.stringify({ ...after.metrics, keepAliveTimeouts: after.keepAliveTimeouts })}\n`,
    );
    expect(violations).toEqual([]);
    expect(after.problems).toEqual([]);
    // Retained events may stay: they are bounded.
    expect({ ...after.counts, retainedTopics: 0 }).toEqual({ ...empty, retainedTopics: 0 });
    expect(after.counts["retainedTopics"]).toBeLessThanOrEqual(50);
    expect(after.metrics["sessionsLeft"]).toBe(after.metrics["sessionsJoined"]);
    // The procedures of plugins stay.
    expect(after.gauges).toEqual(before.gauges);
    expect([after.gauges["sessions"], after.gauges["callsPending"], after.gauges["callsQueued"]]).toEqual([0, 0, 0]);
    expect(after.heap - before.heap).toBeLessThan(MAX_GROWTH_BYTES);
    expect(await router.stop()).toBe(0);
  },
  SECONDS * 1000 + 180_000,
);
