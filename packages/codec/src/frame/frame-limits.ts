import { DEFAULT_MAX_BYTES, DEFAULT_MAX_DEPTH, DEFAULT_MAX_VALUES, type CodecLimits } from "../codec.js";
import { ConfigError, ProtocolError } from "../errors.js";

/** Frames are walked by recursion; this many levels are far from exhausting any engine's stack. */
const DEEPEST = 1000;

/**
 * The limits of a codec with their defaults filled in.
 *
 * @throws ConfigError when a limit is not a positive integer, or `maxDepth` is more than 1000.
 */
export function limitsOf(limits: CodecLimits): Required<CodecLimits> {
  const { maxBytes = DEFAULT_MAX_BYTES, maxDepth = DEFAULT_MAX_DEPTH, maxValues = DEFAULT_MAX_VALUES } = limits;
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 1) throw new ConfigError("maxBytes", "expected a positive integer");
  if (!Number.isSafeInteger(maxDepth) || maxDepth < 1 || maxDepth > DEEPEST)
    throw new ConfigError("maxDepth", `expected an integer from 1 to ${DEEPEST}`);
  if (!Number.isSafeInteger(maxValues) || maxValues < 1)
    throw new ConfigError("maxValues", "expected a positive integer");
  return { maxBytes, maxDepth, maxValues };
}

/** @throws ProtocolError when a frame is larger than the codec accepts. */
export function checkFrameSize(frame: Uint8Array, maxBytes: number): void {
  if (frame.length > maxBytes) throw new ProtocolError(`the frame has ${frame.length} bytes, the limit is ${maxBytes}`);
}
