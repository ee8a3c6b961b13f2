import { createRequire } from "node:module";

/** Up to this many bytes, a loop is faster than a call of native code. */
const MAX_BYTES_IN_LOOP = 128;

/** Removes a mask from the bytes of a buffer, in place. The mask is in the four bytes before `start`. */
export function unmask(buffer: Buffer, start: number, end: number): void {
  if (native !== undefined && end - start > MAX_BYTES_IN_LOOP) {
    native(buffer.subarray(start, end), buffer.subarray(start - 4, start));
    return;
  }
  const [a, b, c, d] = [buffer[start - 4]!, buffer[start - 3]!, buffer[start - 2]!, buffer[start - 1]!];
  let at = start;
  for (; at < end - 3; at += 4) {
    buffer[at]! ^= a;
    buffer[at + 1]! ^= b;
    buffer[at + 2]! ^= c;
    buffer[at + 3]! ^= d;
  }
  if (at < end) buffer[at]! ^= a;
  if (at + 1 < end) buffer[at + 1]! ^= b;
  if (at + 2 < end) buffer[at + 2]! ^= c;
}

/** The optional package that `ws` uses, too. */
const native = ((): ((bytes: Buffer, mask: Buffer) => void) | undefined => {
  try {
    const { unmask: found } = createRequire(import.meta.url)("bufferutil") as {
      readonly unmask: (bytes: Buffer, mask: Buffer) => void;
    };
    return found;
  } catch {
    return undefined;
  }
})();
