import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "@kreuz/codec/json";
import { type FakeClock, nextTurn, WireSession } from "@kreuz/testkit";
import { connectWebSocket } from "@kreuz/transport-node";
import { onTestFinished } from "vitest";
import type { LoadedConfig } from "../config/loaded-config.js";
import type { RunningRouter } from "../run/running-router.js";
import { type StartOptions, startRouter } from "../run/start-router.js";

export interface TestOptions extends StartOptions {
  readonly clock?: FakeClock;
}

/** Starts a router and stops it at the end of the test. */
export async function startForTest(loaded: LoadedConfig, options: TestOptions = {}): Promise<RunningRouter> {
  const { clock } = options;
  const running = await startRouter(loaded, options);
  onTestFinished(async () => {
    const stopped = running.stop();
    if (clock !== undefined) await advance(clock, 2000);
    await stopped;
  });
  return running;
}

/** Moves a clock in steps, with a turn of the event loop after each, so that what waits repeatedly goes on. */
export async function advance(clock: FakeClock, ms: number, step = 10): Promise<void> {
  for (let passed = 0; passed < ms; passed += step) {
    clock.advance(step);
    await nextTurn();
  }
}

/** Connects a client to the first transport by WebSocket with JSON, and disconnects it at the end of the test. */
export async function connectClient(running: RunningRouter): Promise<WireSession> {
  const session = new WireSession({ turns: 20_000 });
  await connectWebSocket(running.endpoints[0]?.url ?? "", session, { codecs: [json] });
  onTestFinished(() => session.disconnect());
  return session;
}

/** Connects a client and joins a realm anonymously. */
export async function joinClient(running: RunningRouter, realm = "realm1"): Promise<WireSession> {
  const session = await connectClient(running);
  await session.join(realm);
  return session;
}

/** Connects a client and joins a realm as `authid`, with the ticket `secret`. */
export async function joinByTicket(running: RunningRouter, realm: string, authid: string): Promise<WireSession> {
  const session = await connectClient(running);
  await session.join(realm, { authmethods: ["ticket"], authid }, () => "secret");
  return session;
}

/** Creates a folder that only this user can read, and removes it at the end of the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "kreuz-"));
  chmodSync(folder, 0o700);
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}
