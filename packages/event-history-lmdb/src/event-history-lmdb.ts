import { eventHistory, type EventHistoryOptions } from "@kreuz/event-history";
import type { Plugin } from "@kreuz/router";
import { lmdbStore, type LmdbStoreOptions } from "./lmdb-store.js";

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
