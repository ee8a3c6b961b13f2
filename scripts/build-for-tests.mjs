// Builds the app, the console, the durable event store and the testkit of plugins for tests that start them as separate processes.
import { ensureBuilt } from "./prepare.mjs";

export async function setup() {
  await ensureBuilt("kreuz");
  await ensureBuilt("@kreuz/console");
  await ensureBuilt("@kreuz/event-history-lmdb");
  await ensureBuilt("@kreuz/plugin-testkit");
}
