import { ProtocolError } from "../errors.js";

/** Up to this many bytes a loop that looks for bytes beyond ASCII beats the platform's decoder. */
const SHORT_TEXT = 96;
/** Longer strings are not remembered: comparing them costs as much as decoding them. */
const LONGEST_REMEMBERED = 64;
const SLOTS = 512;

/**
 * Reads strings out of binary frames and checks that they are UTF-8. Remembers short ASCII strings it met lately, so
 * that a URI that comes with every message is one string object with one cached hash, not a new one each time.
 */
export class Utf8Reader {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  readonly #recent: string[] = Array.from({ length: SLOTS }, () => "");

  /** @throws ProtocolError when the bytes are not UTF-8. */
  check(bytes: Uint8Array, start: number, end: number): void {
    let offset = start;
    if (end - start <= SHORT_TEXT) while (offset < end && (bytes[offset] as number) < 0x80) offset++;
    if (offset < end) this.#decode(bytes, offset, end);
  }

  /** @throws ProtocolError when the bytes are not UTF-8. */
  read(bytes: Uint8Array, start: number, end: number): string {
    if (end - start > LONGEST_REMEMBERED) return this.#decode(bytes, start, end);
    const slot = slotOf(bytes, start, end);
    const recent = this.#recent[slot] as string;
    if (isSame(recent, bytes, start, end)) return recent;
    const text = this.#decode(bytes, start, end);
    // Only ASCII has as many characters as bytes, and only for ASCII is comparing characters with bytes right.
    if (text.length === end - start) this.#recent[slot] = text;
    return text;
  }

  #decode(bytes: Uint8Array, start: number, end: number): string {
    try {
      return this.#decoder.decode(bytes.subarray(start, end));
    } catch {
      throw new ProtocolError("a string in the message is not valid UTF-8");
    }
  }
}

function slotOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let offset = start; offset < end; offset++) hash = Math.imul(hash, 31) + (bytes[offset] as number);
  return (hash ^ (hash >>> 9)) & (SLOTS - 1);
}

function isSame(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) !== bytes[start + index]) return false;
  return true;
}
