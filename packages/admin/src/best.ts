import type { Id } from "@kreuz/codec";
import { invalidArgument } from "@kreuz/router";

/** What a listing is sorted by. */
export type SortKey = string | number;

/** An entry of a listing, before it is shown. */
export interface Ranked {
  readonly key: SortKey;
  readonly id: Id;
}

/** Keeps the first few of very many entries, by key and then by id, that come after a given one. */
export class Best {
  readonly #limit: number;
  readonly #direction: 1 | -1;
  readonly #after: Ranked | undefined;
  /** A heap, whose worst entry comes first. */
  readonly #heap: Ranked[] = [];
  #more = false;

  /** @param after - the last entry of the page before. */
  constructor(limit: number, desc: boolean, after: Ranked | undefined) {
    this.#limit = limit;
    this.#direction = desc ? -1 : 1;
    this.#after = after;
  }

  add(entry: Ranked): void {
    if (this.#after !== undefined && this.#compare(entry, this.#after) <= 0) return;
    const heap = this.#heap;
    if (heap.length < this.#limit) {
      heap.push(entry);
      this.#rise(heap.length - 1);
      return;
    }
    this.#more = true;
    if (this.#compare(entry, heap[0]!) >= 0) return;
    heap[0] = entry;
    this.#sink(0);
  }

  /**
   * The entries in order, and where the next page begins, if there is one.
   *
   * @param more - whether there are more entries than were added.
   */
  finish(more = false): { readonly entries: readonly Ranked[]; readonly next: string | undefined } {
    const entries = this.#heap.toSorted((one, other) => this.#compare(one, other));
    const last = entries.at(-1);
    return { entries, next: (more || this.#more) && last !== undefined ? cursorOf(last) : undefined };
  }

  #compare(one: Ranked, other: Ranked): number {
    if (one.key !== other.key) return one.key < other.key ? -this.#direction : this.#direction;
    return (one.id - other.id) * this.#direction;
  }

  #rise(index: number): void {
    const heap = this.#heap;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#compare(heap[index]!, heap[parent]!) <= 0) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #sink(index: number): void {
    const heap = this.#heap;
    for (;;) {
      let worst = index;
      for (const child of [2 * index + 1, 2 * index + 2])
        if (child < heap.length && this.#compare(heap[child]!, heap[worst]!) > 0) worst = child;
      if (worst === index) return;
      this.#swap(index, worst);
      index = worst;
    }
  }

  #swap(one: number, other: number): void {
    const heap = this.#heap;
    [heap[one], heap[other]] = [heap[other]!, heap[one]!];
  }
}

function cursorOf({ key, id }: Ranked): string {
  return JSON.stringify([key, id]);
}

/** Reads `after`. @throws WampError unless it is the `next` of a page that was sorted by keys of this type. */
export function entryOfCursor(cursor: string, type: "string" | "number"): Ranked {
  try {
    const [key, id] = JSON.parse(cursor) as [unknown, unknown];
    if (typeof key === type && typeof id === "number") return { key: key as SortKey, id };
  } catch {
    // Refused below.
  }
  throw invalidArgument("after: expected the `next` of the page before, with the same `sort`");
}
