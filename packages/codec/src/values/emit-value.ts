import { isEmptyDict } from "../messages/checks.js";
import { EncodedPayload, type Payload } from "../payload.js";
import { emitInteger, type ValueSink } from "../value-sink.js";

const LONE_SURROGATE = /\p{Surrogate}/u;
const LONE_SURROGATES = /\p{Surrogate}/gu;
/** Nesting that no peer would accept; a value that contains itself reaches it, too. */
const MAX_VALUE_DEPTH = 1000;

/**
 * Hands an application's value to a sink, within WAMP's data model: `toJSON` is called, a member that is undefined is left
 * out, and anything else that has no form is null.
 *
 * @throws TypeError when the value contains itself.
 */
export function emitValue(value: unknown, sink: ValueSink, depth = 1): void {
  switch (typeof value) {
    case "string":
      return sink.string(value);
    case "boolean":
      return sink.boolean(value);
    case "number":
      return sink.number(value);
    case "bigint":
      return emitInteger(value, sink);
    case "object":
      return value === null ? sink.null() : emitObject(value, sink, depth);
    default:
      return sink.null();
  }
}

function emitObject(value: object, sink: ValueSink, depth: number): void {
  if (depth > MAX_VALUE_DEPTH)
    throw new TypeError(`cannot encode a value that contains itself or nests deeper than ${MAX_VALUE_DEPTH} levels`);
  if (value instanceof Uint8Array) return sink.binary(value);
  if (Array.isArray(value)) return emitList(value, sink, depth);
  if ("toJSON" in value && typeof value.toJSON === "function") return emitValue(value.toJSON(), sink, depth + 1);
  emitDict(value as Record<string, unknown>, sink, depth);
}

function emitList(list: readonly unknown[], sink: ValueSink, depth: number): void {
  const mark = sink.openList(list.length);
  for (let index = 0; index < list.length; index++) emitValue(list[index], sink, depth + 1);
  sink.closeList(mark, list.length);
}

function emitDict(dict: Record<string, unknown>, sink: ValueSink, depth: number): void {
  const keys = Object.keys(dict);
  let count = 0;
  for (const key of keys) if (dict[key] !== undefined) count++;
  const mark = sink.openDict(count);
  for (const key of keys) {
    const member = dict[key];
    if (member === undefined) continue;
    sink.key(key);
    emitValue(member, sink, depth + 1);
  }
  sink.closeDict(mark, count);
}

/**
 * Hands a payload to a sink, from its bytes where it has some.
 *
 * @returns the number of elements: none if the payload is empty.
 */
export function emitPayload(payload: Payload, sink: ValueSink): 0 | 1 | 2 {
  if (payload instanceof EncodedPayload && payload.format.readPayload !== undefined) {
    payload.format.readPayload(payload, sink);
    return payload.elements;
  }
  const { args = [], kwargs, opaque } = payload;
  if (opaque !== undefined) {
    emitValue(opaque, sink);
    return 1;
  }
  const hasKwargs = kwargs !== undefined && !isEmptyDict(kwargs);
  if (!hasKwargs && args.length === 0) return 0;
  emitValue(args, sink);
  if (!hasKwargs) return 1;
  emitValue(kwargs, sink);
  return 2;
}

/** Whether a string is not Unicode and so has no UTF-8 form. */
export function hasLoneSurrogate(text: string): boolean {
  return LONE_SURROGATE.test(text);
}

/** Replaces lone surrogates, which have no UTF-8 form. */
export function wellFormed(text: string): string {
  return LONE_SURROGATE.test(text) ? text.replace(LONE_SURROGATES, "\ufffd") : text;
}
