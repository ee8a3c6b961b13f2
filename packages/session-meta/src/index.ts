export { sessionDetails, sessionMeta } from "./session-meta.js";
export type { SessionMetaOptions } from "./session-meta.js";
