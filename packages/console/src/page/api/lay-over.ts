import type { Change } from "@kreuz/admin/contract";

/** Lays a change over a value: what it names is replaced, what it leaves out stays. Returns a copy; the value is not changed. */
export function layOver<T>(value: T, change: Change<T>): T {
  if (!isRecord(value) || !isRecord(change)) return change as T;
  const merged: Record<string, unknown> = { ...value };
  for (const [key, each] of Object.entries(change)) merged[key] = layOver(merged[key], each as never);
  return merged as T;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
