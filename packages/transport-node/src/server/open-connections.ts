import type { CloseStatus } from "@kreuz/codec";

/** What can be told to end. */
export interface Closable {
  close(status?: CloseStatus, message?: string): void;
}

/** The connections of a listener that are open, and how many may be. */
export class OpenConnections {
  readonly max: number;
  readonly #all = new Set<Closable>();
  #closing = false;
  #onEmpty: () => void = () => {};

  constructor(max: number) {
    this.max = max;
  }

  get size(): number {
    return this.#all.size;
  }

  get full(): boolean {
    return this.#all.size >= this.max;
  }

  /** True once the listener is shutting down. */
  get closing(): boolean {
    return this.#closing;
  }

  add(connection: Closable): void {
    this.#all.add(connection);
  }

  delete(connection: Closable): void {
    this.#all.delete(connection);
    if (this.#all.size === 0) this.#onEmpty();
  }

  /** Closes all of them, and resolves when the last one is gone. */
  async closeAll(): Promise<void> {
    this.#closing = true;
    const gone = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    for (const connection of this.#all) connection.close("going-away", "the server is shutting down");
    if (this.#all.size > 0) await gone;
  }
}
