import { duplicateKey } from "./frame-errors.js";
import type { Utf8Reader } from "./utf8-reader.js";

/** Up to this many keys are compared with one another in place; beyond, they go through a set. */
const FEW_KEYS = 16;
/** Room that is kept from one frame to the next. */
const MOST_KEPT = 4096;

/**
 * Finds keys that occur twice in one dict of a binary frame, without decoding them: keeps where the keys of the dicts
 * that are being read lie, the innermost dict's last.
 */
export class DictKeys {
  readonly #utf8: Utf8Reader;
  #starts: number[] = [];
  /** Where a key ends, or when its start is negative, its index in the list of texts. */
  #ends: number[] = [];
  readonly #texts: string[] = [];
  #top = 0;

  constructor(utf8: Utf8Reader) {
    this.#utf8 = utf8;
  }

  /** Forgets what a frame that turned out invalid left behind. */
  reset(): void {
    this.#top = 0;
    if (this.#texts.length > 0) this.#texts.length = 0;
    if (this.#starts.length <= MOST_KEPT) return;
    this.#starts = [];
    this.#ends = [];
  }

  /** Begins a dict; give what this returns to {@link close}. */
  open(): number {
    return this.#top;
  }

  /** A key whose UTF-8 lies in the frame. */
  add(start: number, end: number): void {
    this.#starts[this.#top] = start;
    this.#ends[this.#top++] = end;
  }

  /** A key that is not UTF-8 in one piece: a number, or a string in chunks. */
  addText(text: string): void {
    this.add(-1, this.#texts.push(text) - 1);
  }

  /** @throws ProtocolError when two keys since `mark` are the same. */
  close(bytes: Uint8Array, mark: number): void {
    if (!this.closeDistinct(bytes, mark)) throw duplicateKey();
  }

  /** @returns whether no two keys since `mark` are the same. */
  closeDistinct(bytes: Uint8Array, mark: number): boolean {
    const count = this.#top - mark;
    const distinct = count <= FEW_KEYS ? this.#areDistinct(bytes, mark) : this.#namesOf(bytes, mark).size === count;
    this.#top = mark;
    if (mark === 0 && this.#texts.length > 0) this.#texts.length = 0;
    return distinct;
  }

  #areDistinct(bytes: Uint8Array, mark: number): boolean {
    for (let one = mark + 1; one < this.#top; one++)
      for (let other = mark; other < one; other++) if (this.#isSame(bytes, one, other)) return false;
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
