export { cookieJournalLmdb } from "./lmdb-journal.js";
export type { CookieJournalLmdbOptions, LmdbCookieJournal } from "./lmdb-journal.js";
