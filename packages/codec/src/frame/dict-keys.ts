import { ProtocolError } from "../errors.js";
import type { Utf8Reader } from "./utf8-reader.js";

/** Up to this many keys are compared pairwise in place; more go through a table. */
const MAX_KEYS_IN_PLACE = 16;
/** Keys for which memory is kept from one frame to the next. */
const MAX_KEYS_KEPT = 4096;

/**
 * Finds duplicate keys without decoding them. Keeps a stack with the positions of the keys of all dicts that are being
 * read, the innermost dict on top.
 */
export class DictKeys {
  readonly #utf8: Utf8Reader;
  #starts: number[] = [];
  /** End of a key or, where its start is -1, its index in the list of texts. */
  #ends: number[] = [];
  readonly #texts: string[] = [];
  #top = 0;

  constructor(utf8: Utf8Reader) {
    this.#utf8 = utf8;
  }

  /** Discards what an invalid frame left behind. */
  reset(): void {
    this.#top = 0;
    if (this.#texts.length > 0) this.#texts.length = 0;
    if (this.#starts.length <= MAX_KEYS_KEPT) return;
    this.#starts = [];
    this.#ends = [];
  }

  /** Begins a dict. @returns a mark for {@link close}. */
  open(): number {
    return this.#top;
  }

  /** Adds a key that lies in the frame as UTF-8. */
  add(start: number, end: number): void {
    this.#starts[this.#top] = start;
    this.#ends[this.#top++] = end;
  }

  /** Adds a key in any other form: an integer, or a string in chunks. */
  addText(text: string): void {
    this.add(-1, this.#texts.push(text) - 1);
  }

  /**
   * Ends a dict.
   *
   * @throws ProtocolError when two keys since `mark` are equal.
   */
  close(bytes: Uint8Array, mark: number): void {
    if (!this.closeDistinct(bytes, mark)) throw duplicateKey();
  }

  /** Ends a dict. @returns whether all keys since `mark` are distinct. */
  closeDistinct(bytes: Uint8Array, mark: number): boolean {
    const count = this.#top - mark;
    const distinct =
      count <= MAX_KEYS_IN_PLACE
        ? this.#areDistinct(bytes, mark)
        : (this.#areDistinctInTable(bytes, mark) ?? this.#namesOf(bytes, mark).size === count);
    this.#top = mark;
    if (mark === 0 && this.#texts.length > 0) this.#texts.length = 0;
    return distinct;
  }

  #areDistinct(bytes: Uint8Array, mark: number): boolean {
    for (let one = mark + 1; one < this.#top; one++)
      for (let other = mark; other < one; other++) if (this.#isSame(bytes, one, other)) return false;
    return true;
  }

  /**
   * Looks the keys up in an open table, which is at most half full.
   *
   * @returns `undefined` if that cannot tell: the engine's own set is never fooled by keys that are made up to collide.
   */
  #areDistinctInTable(bytes: Uint8Array, mark: number): boolean | undefined {
    const mask = 2 ** (33 - Math.clz32(this.#top - mark)) - 1;
    // Positions of keys, from 1 on.
    const table = new Uint32Array(mask + 1);
    let stepsLeft = this.#top - mark;
    for (let key = mark; key < this.#top; key++) {
      const start = this.#starts[key] as number;
      if (start < 0) return undefined;
      let slot = hashOf(bytes, start, this.#ends[key] as number) & mask;
      for (; table[slot] !== 0; slot = (slot + 1) & mask) {
        if (this.#isSame(bytes, key, (table[slot] as number) - 1)) return false;
        if (--stepsLeft < 0) return undefined;
      }
      table[slot] = key + 1;
    }
    return true;
  }

  #isSame(bytes: Uint8Array, one: number, other: number): boolean {
    const start = this.#starts[one] as number;
    const otherStart = this.#starts[other] as number;
    if (start < 0 || otherStart < 0) return this.#name(bytes, one) === this.#name(bytes, other);
    const length = (this.#ends[one] as number) - start;
    if ((this.#ends[other] as number) - otherStart !== length) return false;
    for (let index = 0; index < length; index++) if (bytes[start + index] !== bytes[otherStart + index]) return false;
    return true;
  }

  #namesOf(bytes: Uint8Array, mark: number): Set<string> {
    const names = new Set<string>();
    for (let key = mark; key < this.#top; key++) names.add(this.#name(bytes, key));
    return names;
  }

  #name(bytes: Uint8Array, key: number): string {
    const start = this.#starts[key] as number;
    const end = this.#ends[key] as number;
    return start < 0 ? (this.#texts[end] as string) : this.#utf8.read(bytes, start, end);
  }
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let offset = start; offset < end; offset++) hash = Math.imul(hash ^ (bytes[offset] as number), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}

export function duplicateKey(): ProtocolError {
  return new ProtocolError("a dict contains the same key twice");
}
