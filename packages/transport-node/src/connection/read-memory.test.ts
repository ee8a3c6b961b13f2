import { constants, type PerformanceEntry, PerformanceObserver } from "node:perf_hooks";
import { expect, test, vi } from "vitest";
import { ReadMemory } from "./read-memory.js";

const MIB = 1024 * 1024;

test("young garbage is collected whenever 10 MiB have been read", () => {
  const collect = vi.fn<() => void>();
  const memory = new ReadMemory(collect);
  memory.onRead(10 * MIB - 1);
  expect(collect).not.toHaveBeenCalled();
  memory.onRead(1);
  expect(collect).toHaveBeenCalledTimes(1);
  for (let read = 0; read < 40; read++) memory.onRead(MIB);
  expect(collect).toHaveBeenCalledTimes(5);
});

test("by default V8 collects, and does not mark the heap", async () => {
  const kinds = new Promise<number[]>((resolve) => {
    const observer = new PerformanceObserver((entries) => {
      const collections = entries.getEntries() as (PerformanceEntry & { readonly detail: { readonly kind: number } })[];
      resolve(collections.map(({ detail }) => detail.kind));
      observer.disconnect();
    });
    observer.observe({ entryTypes: ["gc"] });
  });
  new ReadMemory().onRead(10 * MIB);
  expect(await kinds).toContain(constants.NODE_PERFORMANCE_GC_MINOR);
});
