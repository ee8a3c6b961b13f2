export { isNodeName } from "./bus.js";
export type { Bus, BusHandler, NodeId } from "./bus.js";
export type { Referee, Revision, Versioned } from "./referee.js";
export { Cluster } from "./fabric/cluster.js";
export type { ClusterOptions, LinkState } from "./fabric/cluster.js";
export { DEFAULT_LINK_SETTINGS } from "./link/link-settings.js";
export type { LinkSettings } from "./link/link-settings.js";
export { DEFAULT_MEMBERSHIP_SETTINGS } from "./membership/membership.js";
export type { MembershipSettings } from "./membership/membership.js";
