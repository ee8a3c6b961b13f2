export { sessionMeta } from "./session-meta.js";
export { sessionDetails } from "./session-details.js";
