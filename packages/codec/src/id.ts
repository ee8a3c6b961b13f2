/** A WAMP id: an integer from 1 to 2^53 (spec: "IDs"). {@link isId} checks one. */
export type Id = number;

/** The largest WAMP id, 2^53 (spec: "IDs"). */
export const MAX_ID: Id = 2 ** 53;

/** Whether a value is an integer from 1 to 2^53. */
export function isId(value: unknown): value is Id {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MAX_ID;
}

/** The id that follows `id` in session scope; 1 follows 2^53. */
export function nextId(id: Id): Id {
  return id >= MAX_ID ? 1 : id + 1;
}
