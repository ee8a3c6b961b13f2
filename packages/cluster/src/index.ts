export { isNodeName } from "./bus.js";
export type { Bus, BusHandler, NodeId } from "./bus.js";
export type { Referee, Revision, Versioned } from "./referee.js";
