import { signal, type ReadonlySignal, type Signal } from "@preact/signals";

/** A short message about something that was done, or failed. */
export interface Notice {
  readonly id: number;
  readonly kind: "done" | "error";
  readonly text: string;
}

/** Notices at once; an older one goes when one more comes. */
const MAX_NOTICES = 4;
const SHOWN_MS = 6000;

/** The messages at the corner of the page. Errors stay until they are closed. */
export class Notices {
  readonly #later: (ms: number, callback: () => void) => void;
  readonly #all: Signal<readonly Notice[]> = signal([]);
  #last = 0;

  constructor(later: (ms: number, callback: () => void) => void) {
    this.#later = later;
  }

  get all(): ReadonlySignal<readonly Notice[]> {
    return this.#all;
  }

  done(text: string): void {
    const id = this.#add("done", text);
    this.#later(SHOWN_MS, () => this.close(id));
  }

  error(text: string): void {
    // The same trouble, told once.
    if (!this.#all.value.some((notice) => notice.text === text)) this.#add("error", text);
  }

  close(id: number): void {
    this.#all.value = this.#all.value.filter((notice) => notice.id !== id);
  }

  #add(kind: Notice["kind"], text: string): number {
    const id = ++this.#last;
    this.#all.value = [...this.#all.value, { id, kind, text }].slice(-MAX_NOTICES);
    return id;
  }
}
