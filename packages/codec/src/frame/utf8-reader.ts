import { ProtocolError } from "../errors.js";

/** Up to this many bytes, a loop that looks for non-ASCII bytes is faster than the platform's decoder. */
const MAX_BYTES_IN_LOOP = 96;
/** Longer strings are not cached: comparing them costs as much as decoding them. */
const MAX_CACHED_BYTES = 64;
/** A power of two. */
const CACHE_SLOTS = 512;

/** What Node adds to the standard: a check that makes no string. */
interface NodeProcess {
  getBuiltinModule?(name: "buffer"): { readonly isUtf8?: Utf8Check } | undefined;
}
type Utf8Check = (bytes: Uint8Array) => boolean;
const { process } = globalThis as { readonly process?: NodeProcess };
const PLATFORM_CHECK: Utf8Check | null = process?.getBuiltinModule?.("buffer")?.isUtf8 ?? null;

/**
 * Reads strings out of frames and checks that they are UTF-8. Caches short ASCII strings, so that a URI that every
 * message carries is one string object with one cached hash instead of a new one each time.
 */
export class Utf8Reader {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  readonly #cache: string[] = Array.from({ length: CACHE_SLOTS }, () => "");
  readonly #isUtf8: Utf8Check | null;

  /** @param isUtf8 - the platform's check; where it has none, strings are decoded to check them. */
  constructor(isUtf8: Utf8Check | null = PLATFORM_CHECK) {
    this.#isUtf8 = isUtf8;
  }

  /** @throws ProtocolError when the bytes are not UTF-8. */
  check(bytes: Uint8Array, start: number, end: number): void {
    let offset = start;
    if (end - start <= MAX_BYTES_IN_LOOP) while (offset < end && (bytes[offset] as number) < 0x80) offset++;
    if (offset === end) return;
    if (this.#isUtf8 === null) this.#decode(bytes, offset, end);
    else if (!this.#isUtf8(bytes.subarray(offset, end))) throw notUtf8();
  }

  /** @throws ProtocolError when the bytes are not UTF-8. */
  read(bytes: Uint8Array, start: number, end: number): string {
    if (end - start > MAX_CACHED_BYTES) return this.#decode(bytes, start, end);
    const slot = slotOf(bytes, start, end);
    const cached = this.#cache[slot] as string;
    if (isSame(cached, bytes, start, end)) return cached;
    const text = this.#decode(bytes, start, end);
    // Equal lengths mean ASCII, and only for ASCII is it right to compare characters with bytes.
    if (text.length === end - start) this.#cache[slot] = text;
    return text;
  }

  #decode(bytes: Uint8Array, start: number, end: number): string {
    try {
      return this.#decoder.decode(bytes.subarray(start, end));
    } catch {
      throw notUtf8();
    }
  }
}

function notUtf8(): ProtocolError {
  return new ProtocolError("a string in the message is not valid UTF-8");
}

function slotOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let offset = start; offset < end; offset++) hash = Math.imul(hash, 31) + (bytes[offset] as number);
  return (hash ^ (hash >>> 9)) & (CACHE_SLOTS - 1);
}

function isSame(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) !== bytes[start + index]) return false;
  return true;
}
