// Some tests start the router as a user does, as a process of its own, or a process that is to be killed while it writes:
// for them the app and the durable store have to be built.
import { ensureBuilt } from "./prepare.mjs";

export async function setup() {
  await ensureBuilt("kreuz");
  await ensureBuilt("@kreuz/event-history-lmdb");
}
