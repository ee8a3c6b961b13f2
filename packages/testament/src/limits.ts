import { ConfigError } from "@kreuz/codec";

/** Bounds of what sessions may leave behind. */
export interface TestamentOptions {
  /** Testaments that one session may have, in both scopes together. Default 100. */
  readonly testamentsPerSession?: number;
  /** Bytes that they may take together: topics, options and payloads, roughly as encoded. Default 64 KiB. */
  readonly bytesPerSession?: number;
}

export type TestamentLimits = Required<TestamentOptions>;

/** Fills in the defaults. @throws ConfigError when a limit is not a positive integer. */
export function limitsWithDefaults(options: TestamentOptions = {}): TestamentLimits {
  const { testamentsPerSession = 100, bytesPerSession = 64 * 1024 } = options;
  const limits = { testamentsPerSession, bytesPerSession };
  for (const [name, value] of Object.entries(limits))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new ConfigError(`testament.${name}`, `expected a positive integer, got ${String(value)}`);
  return limits;
}
