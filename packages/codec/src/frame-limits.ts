import { DEFAULT_MAX_BYTES, DEFAULT_MAX_DEPTH, type CodecLimits } from "./codec.js";
import { ProtocolError } from "./errors.js";

/** The limits of a codec with their defaults filled in. */
export function limitsOf(limits: CodecLimits): Required<CodecLimits> {
  return { maxBytes: limits.maxBytes ?? DEFAULT_MAX_BYTES, maxDepth: limits.maxDepth ?? DEFAULT_MAX_DEPTH };
}

/** @throws ProtocolError when a frame is larger than the codec accepts. */
export function checkFrameSize(frame: Uint8Array, maxBytes: number): void {
  if (frame.length > maxBytes)
    throw new ProtocolError(`the frame has ${frame.length} bytes, the limit is ${maxBytes}`);
}
