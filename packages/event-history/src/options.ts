import { ConfigError, isPatternUri, type MatchPolicy, type Uri } from "@kreuz/codec";
import type { OpenEventStore } from "./event-store.js";
import { memoryStore } from "./memory-event-store.js";

/** Topics whose publications are kept. */
export interface HistoryTopic {
  readonly uri: Uri;
  /** Default `exact`. */
  readonly match?: MatchPolicy;
}

export interface EventHistoryOptions {
  /** Which topics; publications to others are not kept. */
  readonly topics: readonly HistoryTopic[];
  /** Where they are kept. Default: in memory, see `memoryStore`. */
  readonly store?: OpenEventStore;
  /** Most events in one result, also when the caller asks for more or does not say. Default 1000. */
  readonly maxLimit?: number;
  /** A result ends, one event at least, when its events take that many bytes, roughly. Default 1 MiB. */
  readonly maxResultBytes?: number;
  /** Publications that may wait for a slow store; further ones are not kept. Default 10,000. */
  readonly maxPending?: number;
}

export interface HistorySettings extends Required<EventHistoryOptions> {
  readonly topics: readonly Required<HistoryTopic>[];
}

/** Fills in the defaults. @throws ConfigError that names what is wrong. */
export function settingsOf(options: EventHistoryOptions): HistorySettings {
  const { store = memoryStore(), maxLimit = 1000, maxResultBytes = 1024 * 1024, maxPending = 10_000 } = options;
  for (const [name, value] of Object.entries({ maxLimit, maxResultBytes, maxPending }))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new ConfigError(`eventHistory.${name}`, `expected a positive integer, got ${String(value)}`);
  return { topics: options.topics.map(checkTopic), store, maxLimit, maxResultBytes, maxPending };
}

function checkTopic({ uri, match = "exact" }: HistoryTopic, index: number): Required<HistoryTopic> {
  if (!isPatternUri(uri, match))
    throw new ConfigError(`eventHistory.topics[${index}].uri`, `"${uri}" is not a valid URI to match ${match}`);
  return { uri, match };
}
