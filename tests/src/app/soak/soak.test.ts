// Random valid traffic and faults for a while: a few seconds here, 30 with `pnpm soak`. In the end everybody is gone, and
// nothing of them is left.
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { until } from "../../support/wait.js";
import { SoakClients, SoakRouter, type Holdings } from "./processes.js";

const SECONDS = Number(process.env["KREUZ_SOAK_SECONDS"] ?? 4);
const SEED = Number(process.env["KREUZ_SOAK_SEED"] ?? Date.now() % 1_000_000);
const PROCESSES = 3;
/** Compiled code and caches that fill up to their bounds; a leak of this traffic would soon be more. */
const MEMORY_MARGIN = 24 * 1024 * 1024;

const cleanups: (() => unknown)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** Lets clients loose, and every half second stops one of their processes for a while or kills it for good. */
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
  for (let half = 0; half < seconds * 2; half++) {
    const at = half % PROCESSES;
    const victim = running[at]!;
    if (half % 5 === 4) {
      victim.signal("SIGKILL");
      running[at] = open();
    } else {
      victim.signal("SIGSTOP");
    }
    await delay(500);
    // Some stay away for so long that they are given up.
    if (half % 4 !== 0) victim.signal("SIGCONT");
    else running[(at + 1) % PROCESSES]!.signal("SIGCONT");
  }
  for (const clients of running) clients.signal("SIGCONT");
  await Promise.all(running.map((clients) => clients.stop()));
  return all.flatMap(({ complaints }) => complaints);
}

/** Waits until everybody is gone. What is retained for later subscribers may stay: it is bounded. */
async function quiet(router: SoakRouter): Promise<Holdings> {
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
    await traffic(router.url, 1, SEED);
    const before = await quiet(router);
    const complaints = await traffic(router.url, SECONDS, SEED + 1000);
    const after = await quiet(router);
    process.stdout.write(
      `soak: ${SECONDS} s, seed ${SEED}, heap ${megabytes(before.heap)} MB before, ${megabytes(after.heap)} MB after, ` +
        `${JSON.stringify({ ...after.metrics, keepAliveTimeouts: after.keepAliveTimeouts })}\n`,
    );
    expect(complaints).toEqual([]);
    expect(after.problems).toEqual([]);
    expect({ ...after.counts, retainedTopics: 0 }).toEqual({ ...empty, retainedTopics: 0 });
    expect(after.counts["retainedTopics"]).toBeLessThanOrEqual(50);
    expect(after.metrics["sessions_left"]).toBe(after.metrics["sessions_joined"]);
    expect(after.heap - before.heap).toBeLessThan(MEMORY_MARGIN);
    expect(await router.stop()).toBe(0);
  },
  SECONDS * 1000 + 90_000,
);
