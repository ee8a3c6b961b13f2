import { type CodecLimits, DEFAULT_MAX_BYTES, DEFAULT_MAX_DEPTH, DEFAULT_MAX_VALUES } from "../codec.js";
import { ConfigError } from "../config-error.js";
import { ProtocolError } from "../errors.js";

/** Nesting level of the elements of a message; the message itself is level 1. */
export const ELEMENT_DEPTH = 2;

/** Highest `maxDepth` that is accepted: frames are read by recursion, and every engine's stack holds far more levels. */
const MAX_DEPTH_LIMIT = 1000;

/**
 * Fills in the defaults.
 *
 * @throws ConfigError when a limit is not a positive integer or `maxDepth` is above 1000.
 */
export function limitsOf(limits: CodecLimits): Required<CodecLimits> {
  const { maxBytes = DEFAULT_MAX_BYTES, maxDepth = DEFAULT_MAX_DEPTH, maxValues = DEFAULT_MAX_VALUES } = limits;
  checkLimit("maxBytes", maxBytes, Number.MAX_SAFE_INTEGER);
  checkLimit("maxDepth", maxDepth, MAX_DEPTH_LIMIT);
  checkLimit("maxValues", maxValues, Number.MAX_SAFE_INTEGER);
  return { maxBytes, maxDepth, maxValues };
}

function checkLimit(name: string, value: number, max: number): void {
  if (!Number.isSafeInteger(value) || value < 1 || value > max)
    throw new ConfigError(name, `expected an integer from 1 to ${max}, got ${value}`);
}

/** @throws ProtocolError when a frame is longer than `maxBytes`. */
export function checkFrameSize(frame: Uint8Array, maxBytes: number): void {
  if (frame.length > maxBytes) throw new ProtocolError(`frame has ${frame.length} bytes, the limit is ${maxBytes}`);
}

export function tooDeep(maxDepth: number): ProtocolError {
  return new ProtocolError(`message nests lists and dicts deeper than ${maxDepth} levels`);
}

export function tooManyValues(maxValues: number): ProtocolError {
  return new ProtocolError(`an element of the message has more than ${maxValues} values`);
}
