// Appends numbered events to a store as fast as it goes, until it is killed; says on stdout which ones the store has
// acknowledged. Arguments: the store's folder, the first number, most events to keep.
import { writeSync } from "node:fs";
import { lmdbStore } from "@kreuz/event-history-lmdb";
import { silentLogger } from "@kreuz/router";
import { numberedEvent } from "./numbered-event.mjs";

const AT_ONCE = 25;
const [path, first, maxEvents] = process.argv.slice(2);
const open = lmdbStore({ path, maxEvents: Number(maxEvents) });
const store = await open({ uri: "com.example.realm", metrics: { count() {} }, logger: silentLogger });

let next = Number(first);

/** Writes one event after the other; several of these keep the store busy without a pause. */
async function write() {
  for (;;) {
    const number = next++;
    await store.append(numberedEvent(number));
    writeSync(1, `${number}\n`);
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, write));
