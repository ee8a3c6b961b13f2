/** What a value costs besides its text. */
const BYTES_PER_VALUE = 8;

/** Whether a payload is larger than about so many bytes. Stops looking when it is. */
export function isLargerThan(bytes: number, payload: unknown): boolean {
  return remaining(bytes, payload) < 0;
}

function remaining(bytes: number, value: unknown): number {
  let left = bytes - BYTES_PER_VALUE;
  if (typeof value === "string") return left - value.length;
  if (typeof value !== "object" || value === null) return left;
  if (value instanceof Uint8Array) return left - value.length;
  for (const [key, item] of Object.entries(value)) {
    if (left < 0) return left;
    left = remaining(left - key.length, item);
  }
  return left;
}
