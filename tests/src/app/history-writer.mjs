// Appends numbered events to a store until it is killed, and prints the numbers of those that the store has acknowledged.
// Arguments: the store's folder, the first number, the maximum number of events to keep.
import { writeSync } from "node:fs";
import { systemClock } from "@kreuz/codec";
import { lmdbStore } from "@kreuz/event-history-lmdb";
import { silentLogger } from "@kreuz/router";
import { numberedEvent } from "./numbered-event.mjs";

const CONCURRENCY = 25;
const [path, first, maxEvents] = process.argv.slice(2);
const open = lmdbStore({ path, maxEvents: Number(maxEvents) });
const realm = { uri: "com.example.realm", metrics: { count() {} }, logger: silentLogger, clock: systemClock };
const store = await open({ ...realm, baseDirectory: undefined });

let next = Number(first);

/** Writes one event after the other. Several of these keep the store busy all the time. */
async function write() {
  for (;;) {
    const number = next++;
    await store.append(numberedEvent(number));
    writeSync(1, `${number}\n`);
  }
}

await Promise.all(Array.from({ length: CONCURRENCY }, write));
