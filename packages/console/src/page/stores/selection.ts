import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";

/** Rows that are selected: some by their ids, or everything that the list's filter matches, loaded or not. */
export class Selection {
  readonly #ids: Signal<ReadonlySet<number>> = signal(new Set<number>());
  readonly #everything = signal(false);
  readonly isEmpty: ReadonlySignal<boolean> = computed(() => !this.#everything.value && this.#ids.value.size === 0);

  get ids(): ReadonlySignal<ReadonlySet<number>> {
    return this.#ids;
  }

  get everything(): ReadonlySignal<boolean> {
    return this.#everything;
  }

  has(id: number): boolean {
    return this.#everything.value || this.#ids.value.has(id);
  }

  toggle(id: number): void {
    const ids = new Set(this.#ids.value);
    if (!ids.delete(id)) ids.add(id);
    this.#set(ids);
  }

  add(ids: Iterable<number>): void {
    this.#set(new Set([...this.#ids.value, ...ids]));
  }

  selectEverything(): void {
    this.#set(new Set());
    this.#everything.value = true;
  }

  clear(): void {
    this.#set(new Set());
  }

  #set(ids: ReadonlySet<number>): void {
    this.#everything.value = false;
    this.#ids.value = ids;
  }
}
