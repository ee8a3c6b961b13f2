// Builds the app and the durable event store for tests that start them as separate processes.
import { ensureBuilt } from "./prepare.mjs";

export async function setup() {
  await ensureBuilt("kreuz");
  await ensureBuilt("@kreuz/event-history-lmdb");
}
