// Many sessions at once that each do the worst they may: hold long patterns, keep calls with large arguments waiting, leave
// testaments, and read nothing. The router cuts and refuses them, keeps to its budget, and answers another client.
// `WORST_SESSIONS=10000` makes it a real crowd; `WORST_MIB=512` is the budget that belongs to it.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RouterProcess } from "../../support/router-process.js";
import { Attacker } from "./attacker.js";
import { withOtherClient } from "./other-client.js";
import { expectSound, logged, startRouterWithDefaults } from "./router-under-attack.js";

const SESSIONS = Number(process.env["WORST_SESSIONS"] ?? 400);
const BUDGET_MIB = Number(process.env["WORST_MIB"] ?? 32);
const PATTERNS = 20;
const CALLS = 10;
/** Sessions that join at a time. */
const GROUP = 50;
const PAYLOAD = ["x".repeat(20_000)];

let router: RouterProcess;

beforeAll(async () => {
  router = await startRouterWithDefaults(`memoryBytes: ${BUDGET_MIB * 2 ** 20}`);
});

afterAll(async () => {
  await router.stop();
  await expectSound(router);
});

/** Asks for as much as it can, and reads nothing any more. */
function doTheWorst(attacker: Attacker, session: number): void {
  attacker.socket.pause();
  attacker.send([64, 1, { concurrency: 1 }, `com.attack.p${session}`]);
  for (let count = 0; count < PATTERNS; count++)
    attacker.send([32, 2 + count, { match: "wildcard" }, `com.attack.s${session}.t${count}..a..${"x".repeat(800)}`]);
  attacker.send([48, 98, {}, "wamp.session.add_testament", ["com.attack.gone", PAYLOAD, {}]]);
  for (let count = 0; count < CALLS; count++)
    attacker.send([48, 100 + count, {}, `com.attack.p${Math.floor((session * 7 + count) % (session + 1))}`, PAYLOAD]);
  attacker.send([32, 99, { match: "prefix" }, "com.attack."]);
  attacker.send([16, 97, {}, "com.attack.noise", PAYLOAD]);
}

test(
  `${SESSIONS} sessions that do the worst they may, with a budget of ${BUDGET_MIB} MiB`,
  async () => {
    await withOtherClient(
      "sessions that do the worst they may",
      router,
      async () => {
        const attackers: Attacker[] = [];
        while (attackers.length < SESSIONS) {
          // Some are cut while they join, since they have not logged in.
          const joined = await Promise.allSettled(Array.from({ length: GROUP }, () => join()));
          for (const one of joined) {
            if (one.status === "rejected") continue;
            doTheWorst(one.value, attackers.length);
            attackers.push(one.value);
          }
        }
        for (const attacker of attackers) attacker.end();
        return attackers;
      },
      // The memory of the process is more than what is charged: garbage, sockets, the code itself.
      { cpuSeconds: 20 + SESSIONS / 20, memory: 3 * BUDGET_MIB + 100 + SESSIONS / 20 },
    );
    await logged(router, { setting: "limits.memoryBytes" });
    expect(router.running).toBe(true);
  },
  180_000 + SESSIONS * 100,
);

async function join(): Promise<Attacker> {
  const attacker = await Attacker.connect(router.url);
  await attacker.join("attacked");
  return attacker;
}
