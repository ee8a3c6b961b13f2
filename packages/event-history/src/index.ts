export { eventHistory } from "./event-history.js";
export type { EventHistoryOptions, HistoryTopic } from "./event-history.js";
export { MemoryEventStore, memoryStore } from "./memory-event-store.js";
export { storeLimitsWithDefaults } from "./event-store.js";
export type {
  EventRange,
  EventStore,
  EventStoreLimits,
  KeptEvent,
  OpenEventStore,
  Restrictions,
  StoredEvent,
  StoreRealm,
} from "./event-store.js";
