export { sessionDetails, sessionMeta } from "./session-meta.js";
