import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { inTime } from "../../support/wait.js";

const MODULE = fileURLToPath(new URL("other-client-process.mjs", import.meta.url));

/** What a client found that had nothing to do with an attack. Times are round trips through the router, in milliseconds. */
export interface Account {
  readonly calls: number;
  readonly lostEvents: number;
  readonly inOrder: boolean;
  readonly median: number;
  readonly p99: number;
  readonly longest: number;
}

/** Some attacks are over in no time. */
const LEAST_MS = 500;
/** Far above what is promised, for machines that do a great many other things at the same time. */
const LAX_MS = 2000;

/**
 * Lets a client call and publish while something else goes on. All of its calls have to be answered, and all of its
 * events to arrive in order; how long its round trips took is printed.
 */
export async function besides(what: string, url: string, attack: () => Promise<void>): Promise<Account> {
  const child = fork(MODULE, [url, "realm1"], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  try {
    await message(child, "the bystander to join");
    await Promise.all([attack(), delay(LEAST_MS)]);
    const account = message(child, "the bystander's account");
    child.send("stop");
    const found = (await account) as Account;
    process.stdout.write(`${what}: ${figures(found)}\n`);
    expect({ ...found, lostEvents: 0, inOrder: true }).toEqual(found);
    expect(found.calls).toBeGreaterThan(0);
    expect(found.p99).toBeLessThan(LAX_MS);
    return found;
  } finally {
    child.kill("SIGKILL");
  }
}

async function message(child: ChildProcess, wanted: string): Promise<unknown> {
  const ended = once(child, "exit").then(() => Promise.reject(new Error(`the bystander ended, waiting for ${wanted}`)));
  const [first] = (await inTime(wanted, Promise.race([once(child, "message"), ended]), 30_000)) as [unknown];
  return first;
}

function figures({ calls, median, p99, longest }: Account): string {
  const [a, b, c] = [median, p99, longest].map((ms) => ms.toFixed(1));
  return `round trips of another client: median ${a} ms, p99 ${b} ms, longest ${c} ms, ${calls} calls, none lost`;
}
