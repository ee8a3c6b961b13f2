import { createHash } from "node:crypto";
import { join } from "node:path";
import { ConfigError, type Uri } from "@kreuz/codec";
import {
  eventHistory,
  storeLimitsWithDefaults,
  type EventHistoryOptions,
  type EventStoreLimits,
  type OpenEventStore,
} from "@kreuz/event-history";
import type { Plugin } from "@kreuz/router";
import { LmdbEventStore } from "./lmdb-event-store.js";

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

/** Options of {@link eventHistoryLmdb}: plain values, so that they fit into a config file. */
export interface EventHistoryLmdbOptions extends Omit<EventHistoryOptions, "store">, LmdbStoreOptions {}

/**
 * Event history in an LMDB store, in one: what `eventHistory({ store: lmdbStore(…) })` makes, for configs.
 *
 * @throws ConfigError when an option is wrong.
 */
export function eventHistoryLmdb({ path, maxEvents, maxBytes, ...options }: EventHistoryLmdbOptions): Plugin {
  const store = lmdbStore({
    path,
    ...(maxEvents === undefined ? {} : { maxEvents }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });
  return eventHistory({ ...options, store });
}

/** No file system has trouble with names of this length. */
const LONGEST = 120;

/**
 * The name of a realm's folder: readable, and never the same for two realms, also where file names do not tell upper from
 * lower case.
 */
export function folderOf(realm: Uri): string {
  const name = Buffer.from(realm)
    .toString("latin1")
    .replaceAll(/[^a-z0-9._-]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, "0")}`);
  // No escape begins like this.
  return name.length <= LONGEST ? name : `%sha256-${createHash("sha256").update(realm).digest("hex")}`;
}
