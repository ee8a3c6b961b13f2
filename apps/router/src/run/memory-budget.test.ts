import { silentLogger } from "@kreuz/router";
import { expect, test } from "vitest";
import { defaultMemoryBytes, memoryBudget, processMemory } from "./memory-budget.js";

const MIB = 1024 * 1024;

test.each([
  ["half of the heap", { heap: 1024 * MIB, container: undefined }, 512 * MIB],
  ["half of a smaller container", { heap: 1024 * MIB, container: 256 * MIB }, 128 * MIB],
  ["at most 2 GiB", { heap: 16_384 * MIB, container: 16_384 * MIB }, 2048 * MIB],
  ["a container without a limit does not count", { heap: 1024 * MIB, container: 2 ** 64 }, 512 * MIB],
  ["nor one of unknown size", { heap: 1024 * MIB, container: 0 }, 512 * MIB],
])("clients may take by default: %s", (_, memory, expected) => {
  expect(defaultMemoryBytes(memory)).toBe(expected);
});

test("the limits of this process are known", () => {
  expect(defaultMemoryBytes(processMemory())).toBeGreaterThan(16 * MIB);
});

test("workers share what the container has", () => {
  const [alone, shared] = [processMemory(), processMemory(4)];
  expect(shared.heap).toBe(alone.heap);
  expect(shared.container).toBe(alone.container && Math.floor(alone.container / 4));
});

test("a client that is cut has a line with what it held and what to change", async () => {
  const lines: unknown[] = [];
  const logger = { ...silentLogger, warn: (...line: unknown[]) => lines.push(line) };
  const budget = memoryBudget({ memoryBytes: 100 * MIB, memoryBytesPerClient: MIB }, logger);
  const account = budget.open({ cut: () => {} });
  account.charge(2 * MIB);
  await Promise.resolve();
  expect(lines).toEqual([
    [
      expect.objectContaining({
        reason: "client-limit",
        pieces: 1,
        detail: expect.stringContaining(`its limit (${MIB} bytes`),
      }),
      "client cut: memory limit reached; see limits.memoryBytes",
    ],
  ]);
});
