export { connectMemory, DEFAULT_CLOSE_TIMEOUT } from "./connect-memory.js";
export type { MemoryOptions } from "./connect-memory.js";
