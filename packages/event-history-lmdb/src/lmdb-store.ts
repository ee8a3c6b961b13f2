import { join } from "node:path";
import { ConfigError } from "@kreuz/codec";
import { storeLimitsWithDefaults, type EventStoreLimits, type OpenEventStore } from "@kreuz/event-history";
import { LmdbEventStore } from "./lmdb-event-store.js";
import { folderOf } from "./realm-folder.js";

/** Where events are kept, and how many. */
export interface LmdbStoreOptions extends Partial<EventStoreLimits> {
  /** A folder; each realm has one of its own in it. Made when it is not there. One router at a time may use it. */
  readonly path: string;
}

const DEFAULT_LIMITS: EventStoreLimits = { maxEvents: 1_000_000, maxBytes: 1024 ** 3 };

/**
 * Keeps the event history on disk, in LMDB: it survives a restart, and the death of the process in the middle of
 * writing.
 *
 * @throws ConfigError when an option is wrong.
 */
export function lmdbStore({ path, ...limits }: LmdbStoreOptions): OpenEventStore {
  if (typeof path !== "string" || path === "")
    throw new ConfigError("eventStore.path", "expected the path of a folder");
  const bounds = storeLimitsWithDefaults(limits, DEFAULT_LIMITS);
  return (realm) => LmdbEventStore.open(join(path, folderOf(realm.uri)), bounds, realm);
}
