export { lmdbStore } from "./lmdb-store.js";
export type { LmdbStoreOptions } from "./lmdb-store.js";
