export { eventHistoryLmdb } from "./event-history-lmdb.js";
export type { EventHistoryLmdbOptions } from "./event-history-lmdb.js";
export { lmdbStore } from "./lmdb-store.js";
export type { LmdbStoreOptions } from "./lmdb-store.js";
