import type { Page } from "@kreuz/admin/contract";
import { batch, signal, type ReadonlySignal, type Signal } from "@preact/signals";

/** Rows that are asked for at once: what the router gives at most. */
export const PAGE_SIZE = 500;

/** Gets a page; `after` is `next` of the one before. */
export type FetchPage<Row, Query> = (query: Query, limit: number, after: string | undefined) => Promise<Page<Row>>;

/** What a list shows besides its rows. */
export interface ListState {
  /** `first`: nothing is there yet. `more`: another page. `idle`: nothing is on its way. */
  readonly loading: "first" | "more" | "idle";
  /** Rows without the filter. */
  readonly total: number;
  /** Rows that fit the filter, loaded or not. */
  readonly matched: number;
  readonly hasMore: boolean;
  /** The router ran out of time, or a node of its cluster did not answer: rows may be missing. */
  readonly incomplete: boolean;
  readonly problem: unknown;
}

const EMPTY: ListState = {
  loading: "first",
  total: 0,
  matched: 0,
  hasMore: false,
  incomplete: false,
  problem: undefined,
};

/** A list that the router searches, sorts and sends in pages: more of it is loaded when somebody comes near its end. */
export class PagedList<Row, Query> {
  readonly #fetchPage: FetchPage<Row, Query>;
  readonly #rows: Signal<readonly Row[]> = signal([]);
  readonly #state: Signal<ListState> = signal(EMPTY);
  #query: Query;
  #next: string | undefined;
  /** Counts requests, so that an answer to an old question is not taken for a new one's. */
  #asked = 0;
  #busy = false;

  constructor(fetchPage: FetchPage<Row, Query>, query: Query) {
    this.#fetchPage = fetchPage;
    this.#query = query;
  }

  get rows(): ReadonlySignal<readonly Row[]> {
    return this.#rows;
  }

  get state(): ReadonlySignal<ListState> {
    return this.#state;
  }

  get query(): Query {
    return this.#query;
  }

  /** Asks another question. The rows of the last one stay until the answer is there. */
  async search(query: Query): Promise<void> {
    this.#query = query;
    await this.#load(PAGE_SIZE, undefined, () => []);
  }

  /** Asks the same again, for the first page. Does nothing while a question is open. */
  async refresh(): Promise<void> {
    if (!this.#busy) await this.#load(PAGE_SIZE, undefined, () => []);
  }

  /** Loads the next page, if there is one and none is on its way. */
  async more(): Promise<void> {
    if (this.#busy || this.#next === undefined) return;
    this.#state.value = { ...this.#state.value, loading: "more" };
    await this.#load(PAGE_SIZE, this.#next, () => this.#rows.value);
  }

  async #load(limit: number, after: string | undefined, before: () => readonly Row[]): Promise<void> {
    const asked = ++this.#asked;
    this.#busy = true;
    try {
      const { items, next, total, matched, incomplete = false } = await this.#fetchPage(this.#query, limit, after);
      if (asked !== this.#asked) return;
      this.#next = next;
      batch(() => {
        this.#rows.value = [...before(), ...items];
        const hasMore = next !== undefined;
        this.#state.value = { loading: "idle", total, matched, hasMore, incomplete, problem: undefined };
      });
    } catch (problem) {
      if (asked === this.#asked) this.#state.value = { ...this.#state.value, loading: "idle", problem };
    } finally {
      if (asked === this.#asked) this.#busy = false;
    }
  }
}
