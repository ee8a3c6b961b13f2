import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { RouterProcess } from "../../support/router-process.js";
import { inTime } from "../../support/wait.js";
import type { Attacker } from "./attacker.js";

const MODULE = fileURLToPath(new URL("other-client-process.mjs", import.meta.url));

/** What a client that does not attack found. */
interface Report {
  readonly calls: number;
  readonly lostEvents: number;
  readonly inOrder: boolean;
  /** The longest round trip in milliseconds. Printed, not judged: it depends on the machine. */
  readonly longestMs: number;
  /** The round trip of half of the calls, during the attack and before it, in milliseconds. */
  readonly medianMs: number;
  readonly idleMs: number;
  /** Newcomers that joined meanwhile. */
  readonly joined: number;
  /** File descriptors that the router holds more than before. */
  readonly descriptors: number;
  /** CPU time of the router during the attack, in milliseconds. */
  readonly cpuMs: number;
  /** Growth of the router's largest resident memory, in MiB. */
  readonly memory: number;
}

/** What an attack may cost the router. Several times what it costs, since CPUs differ. */
interface Cost {
  readonly cpuSeconds: number;
  readonly memory: number;
  /** How many times as long as before the attack half of the calls may take. Not judged by default. */
  readonly slowdown?: number;
  /** Also lets newcomers join during the attack, and expects the descriptors of the attackers to be closed again. */
  readonly newcomers?: boolean;
}

const DEFAULT_COST: Cost = { cpuSeconds: 2, memory: 100 };
/** Connections of attackers and newcomers that are about to be closed. */
const MAX_DESCRIPTORS = 10;

/**
 * Lets another client call and publish over the last transport while an attack runs. All its calls must be answered and all
 * its events arrive in order. What the attack costs is judged by the router's own CPU time and memory, not by how long
 * something took. If the attack returns its attackers, it is printed how much they sent.
 */
export async function withOtherClient(
  what: string,
  { urls }: RouterProcess,
  attack: () => Promise<readonly Attacker[] | void>,
  { cpuSeconds, memory, slowdown, newcomers = false }: Partial<Cost> = {},
): Promise<void> {
  const child = fork(MODULE, [urls.at(-1)!, "realm1", newcomers ? "newcomers" : ""], {
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  try {
    await message(child, "the other client to join");
    const start = process.cpuUsage();
    const attackers = await attack();
    const { user, system } = process.cpuUsage(start);
    const reported = message(child, "the other client's report");
    child.send("stop");
    const report = (await reported) as Report;
    process.stdout.write(
      `${what}: the attacker used ${ms(user + system)} of CPU${spent(attackers ?? [])}; ${figures(report)}\n`,
    );
    expect(report).toMatchObject({ lostEvents: 0, inOrder: true });
    expect(report.calls).toBeGreaterThan(0);
    if (newcomers) {
      expect(report.joined, "newcomers that joined").toBeGreaterThan(0);
      expect(report.descriptors, "file descriptors that stay open").toBeLessThan(MAX_DESCRIPTORS);
    }
    if (slowdown !== undefined)
      expect(report.medianMs, "median round trip in ms").toBeLessThan(slowdown * Math.max(1, report.idleMs));
    expect(report.cpuMs, "CPU time of the router in ms").toBeLessThan((cpuSeconds ?? DEFAULT_COST.cpuSeconds) * 1000);
    expect(report.memory, "growth of the router's memory in MiB").toBeLessThan(memory ?? DEFAULT_COST.memory);
  } finally {
    child.kill("SIGKILL");
  }
}

async function message(child: ChildProcess, wanted: string): Promise<unknown> {
  let errors = "";
  child.stderr!.on("data", (data: Buffer) => void (errors += data.toString()));
  // All of its streams are read to their end then: the error says why it ended.
  const ended = once(child, "close").then(([code, signal]: unknown[]) =>
    Promise.reject(new Error(`the other client ended before ${wanted} (${String(signal ?? code)}): ${errors}`)),
  );
  const [first] = (await inTime(wanted, Promise.race([once(child, "message"), ended]))) as [unknown];
  return first;
}

/** What attackers sent, if they tell. */
function spent(attackers: readonly Attacker[]): string {
  const bytes = attackers.reduce((sum, { sentBytes }) => sum + sentBytes, 0);
  return bytes === 0 ? "" : ` and sent ${(bytes / 2 ** 20).toFixed(1)} MiB over ${attackers.length} connections`;
}

const ms = (microseconds: number): string => `${(microseconds / 1000).toFixed(0)} ms`;

function figures({ calls, longestMs, medianMs, idleMs, cpuMs, memory }: Report): string {
  return (
    `${calls} calls of another client, the longest ${longestMs.toFixed(1)} ms, half of them ${medianMs.toFixed(1)} ms ` +
    `(${idleMs.toFixed(1)} ms before); ` +
    `the router used ${cpuMs.toFixed(0)} ms of CPU and ${memory.toFixed(0)} MiB more`
  );
}
