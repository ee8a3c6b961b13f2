export { MemoryNetwork } from "./memory/memory-network.js";
export type { MemoryNetworkOptions, NetworkFaults } from "./memory/memory-network.js";
export { MapReferee } from "./memory/map-referee.js";
export type { MapRefereeOptions, RefereeFaults } from "./memory/map-referee.js";
