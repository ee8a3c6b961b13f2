import type { Id } from "./types.js";

/** The largest WAMP id, 2^53 (spec: "IDs"). */
export const MAX_ID: Id = 2 ** 53;

/** True for an integer from 1 to 2^53. */
export function isId(value: unknown): value is Id {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MAX_ID;
}

/** The id after `id` in the session scope: counts from 1, wraps to 1 after 2^53. */
export function nextId(id: Id): Id {
  return id >= MAX_ID ? 1 : id + 1;
}
