import { ConfigError } from "@kreuz/codec";

/** How much a store keeps; beyond that the oldest events give way. */
export interface EventStoreLimits {
  /** Events, of all topics together. */
  readonly maxEvents: number;
  /** Bytes that they take, roughly. */
  readonly maxBytes: number;
}

/** Fills in the defaults. @throws ConfigError when a limit is not a positive integer. */
export function storeLimitsWithDefaults(
  limits: Partial<EventStoreLimits>,
  defaults: EventStoreLimits,
): EventStoreLimits {
  const { maxEvents = defaults.maxEvents, maxBytes = defaults.maxBytes } = limits;
  const checked = { maxEvents, maxBytes };
  for (const [name, value] of Object.entries(checked))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new ConfigError(`eventStore.${name}`, `expected a positive integer, got ${String(value)}`);
  return checked;
}
