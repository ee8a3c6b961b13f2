import { EncodedPayload, type Dict, type Payload } from "@kreuz/codec";

/** A payload to keep, and about how many bytes it takes. */
export interface KeptPayload {
  readonly payload: Payload;
  readonly bytes: number;
}

/** Nothing that came over the wire is nested so deeply; a value that refers to itself is, and is cut off there. */
const DEEPEST = 1000;
/** A rough price for each value, key and string, so that a great many empty ones do not come for free. */
const OVERHEAD = 8;

/**
 * Makes a payload fit for keeping: in memory of its own, where what was decoded from a frame may hold on to all of it,
 * and out of reach of a publisher in this process that goes on changing its objects.
 */
export function keepPayload(payload: Payload): KeptPayload {
  if (payload instanceof EncodedPayload) {
    const detached = payload.detach();
    return { payload: detached, bytes: detached.bytes.length };
  }
  const copier = new Copier();
  const { args, kwargs, opaque } = copier.copy(payload, 0) as Payload;
  return { payload: { args, kwargs, opaque }, bytes: copier.bytes };
}

/** About how many bytes options take that are kept: those of their lists and texts, as the rest of them is small. */
export function weightOf(options: Dict): number {
  let bytes = 0;
  for (const name in options) {
    const value = options[name];
    bytes += OVERHEAD + name.length;
    if (typeof value === "string") bytes += value.length;
    else if (typeof value === "object") bytes += keepPayload({ args: [value] }).bytes;
  }
  return bytes;
}

/** Copies values and adds up their size. */
class Copier {
  bytes = 0;

  copy(value: unknown, depth: number): unknown {
    this.bytes += OVERHEAD;
    if (typeof value === "string") this.bytes += value.length;
    if (typeof value !== "object" || value === null || depth > DEEPEST) return depth > DEEPEST ? null : value;
    if (value instanceof Uint8Array) return this.#binary(value);
    if (Array.isArray(value)) return Array.from(value, (element: unknown) => this.copy(element, depth + 1));
    // As the codecs do it: a date becomes its text.
    if ("toJSON" in value && typeof value.toJSON === "function") return this.copy(value.toJSON(), depth + 1);
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => {
        this.bytes += key.length;
        return [key, this.copy(member, depth + 1)];
      }),
    );
  }

  #binary(value: Uint8Array): Uint8Array {
    this.bytes += value.length;
    // Not slice: Node's Buffer has its own, which shares memory.
    return new Uint8Array(value);
  }
}
