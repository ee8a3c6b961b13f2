import { getHeapStatistics } from "node:v8";
import { Budget } from "@kreuz/codec";
import type { Logger } from "@kreuz/router";
import type { LimitsConfig } from "../config/config.js";

const MAX_DEFAULT_BYTES = 2 * 1024 * 1024 * 1024;

/** What the process may use, in bytes. */
export interface MemoryLimits {
  /** Limit of Node's heap. */
  readonly heap: number;
  /** Limit of the container; 0 or `undefined` if unknown. */
  readonly container: number | undefined;
}

/** The limits of this process: of Node's heap, and its share of what its control group has. @param workers - that share it. */
export function processMemory(workers = 1): MemoryLimits {
  const container = process.constrainedMemory();
  return { heap: getHeapStatistics().heap_size_limit, container: container && Math.floor(container / workers) };
}

/** The memory that clients may take by default: half of what the process may use, at most 2 GiB. */
export function defaultMemoryBytes({ heap, container }: MemoryLimits): number {
  // Without a limit, Linux names more than there could be.
  const known = container !== undefined && container > 0 && container < Number.MAX_SAFE_INTEGER;
  return Math.min(MAX_DEFAULT_BYTES, Math.floor(Math.min(heap, known ? container : Infinity) / 2));
}

/** Creates the budget that all clients of the process share, and logs each client that is cut for it. */
export function memoryBudget(
  { memoryBytes, memoryBytesPerClient }: Pick<LimitsConfig, "memoryBytes" | "memoryBytesPerClient">,
  logger: Logger,
  memory: MemoryLimits = processMemory(),
): Budget {
  return new Budget({
    maxBytes: memoryBytes ?? defaultMemoryBytes(memory),
    ...(memoryBytesPerClient === undefined ? {} : { maxClientBytes: memoryBytesPerClient }),
    onCut: ({ message, ...fields }) =>
      logger.warn({ ...fields, detail: message }, "client cut: memory limit reached; see limits.memoryBytes"),
  });
}
