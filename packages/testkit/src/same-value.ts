/**
 * True when two values are the same to a WAMP peer: numbers, strings, booleans, null, bytes, and lists and dicts of them.
 * A key whose value is `undefined` counts as absent.
 */
export function sameValue(one: unknown, other: unknown): boolean {
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null)
    return one === other || (Number.isNaN(one) && Number.isNaN(other));
  if (one instanceof Uint8Array || other instanceof Uint8Array)
    return one instanceof Uint8Array && other instanceof Uint8Array && sameBytes(one, other);
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [first, second] = [definedEntries(one), definedEntries(other)];
  return first.size === second.size && [...first].every(([key, value]) => sameValue(value, second.get(key)));
}

/** True when two frames hold the same bytes. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

function definedEntries(value: object): Map<string, unknown> {
  return new Map(Object.entries(value).filter(([, entry]) => entry !== undefined));
}
