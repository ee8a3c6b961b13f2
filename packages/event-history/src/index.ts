export { eventHistory } from "./event-history.js";
export type { EventHistoryOptions, HistoryTopic } from "./options.js";
export { MemoryEventStore, memoryStore } from "./memory-event-store.js";
export type { EventStoreLimits } from "./store-limits.js";
export { storeLimitsWithDefaults } from "./store-limits.js";
export type { EventRange, EventStore, KeptEvent, OpenEventStore, Restrictions, StoredEvent } from "./event-store.js";
