export { eventHistoryLmdb, lmdbEventStore, lmdbStore } from "./lmdb-store.js";
export type { EventHistoryLmdbOptions, LmdbStoreOptions } from "./lmdb-store.js";
