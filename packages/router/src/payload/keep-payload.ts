import { EncodedPayload, type Dict, type Payload } from "@kreuz/codec";

/** A payload to keep, and its approximate size in bytes. */
export interface KeptPayload {
  readonly payload: Payload;
  readonly bytes: number;
}

/** Nothing from the wire nests so deep; a value that refers to itself does, and is cut off here. */
const MAX_DEPTH = 1000;
/** Bytes charged for each value, so that many empty ones are not free. */
const OVERHEAD = 8;

/**
 * Copies a payload so that it can be kept: a decoded payload may hold on to the whole frame it came in, and a publisher
 * inside the process may go on changing its objects.
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

/** The approximate size in bytes of options that are kept: that of their lists and strings, the rest being small. */
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

/** Copies values and adds up their sizes. */
class Copier {
  bytes = 0;

  copy(value: unknown, depth: number): unknown {
    this.bytes += OVERHEAD;
    if (typeof value === "string") this.bytes += value.length;
    if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return depth > MAX_DEPTH ? null : value;
    if (value instanceof Uint8Array) return this.#binary(value);
    if (Array.isArray(value)) return Array.from(value, (element: unknown) => this.copy(element, depth + 1));
    // As the codecs do: a date becomes its text.
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
    // Not `slice`, which shares memory in Node's Buffer.
    return new Uint8Array(value);
  }
}
