import { ErrorUri, WampError, type Id } from "@kreuz/codec";
import { type ProcedureCall, QueryPace, type RealmContext } from "@kreuz/router";

/** Queries of one session, the one under way included. */
const MAX_QUERIES = 8;
/** Milliseconds that a listing may take. What was not looked at by then is left out. */
const MAX_TIME = 2000;

/** What a query tells of its work. */
export interface Work {
  /**
   * Counts work: 1024 units take a millisecond or two.
   * @returns a promise when it is the turn of others. It rejects when the caller has left or cancelled the call.
   */
  spend(units: number): Promise<void> | undefined;
  /** Whether a listing is to answer with what it has. */
  readonly isLate: boolean;
}

/**
 * Runs the listings of operators, a bounded part of each turn of the event loop. Each session has one query under way; the next
 * ones wait for it, so that whoever types a search need not wait before cancelling the last one.
 */
export class Queries {
  readonly #realm: RealmContext;
  readonly #pace: QueryPace;
  readonly #lanes = new Map<Id, { size: number; last: Promise<unknown> }>();

  constructor(realm: RealmContext) {
    this.#realm = realm;
    this.#pace = new QueryPace(realm, 1);
  }

  /** @throws WampError `wamp.error.limit_exceeded` when too many of the session wait; whatever the query throws. */
  async run<T>({ caller: { session }, signal }: ProcedureCall, query: (work: Work) => Promise<T>): Promise<T> {
    const lane = this.#lanes.get(session) ?? { size: 0, last: Promise.resolve() };
    if (lane.size >= MAX_QUERIES) {
      this.#realm.metrics.count("limit_queries_per_session");
      const text = `the session has ${MAX_QUERIES} queries under way, the maximum; wait for an answer first`;
      throw new WampError(ErrorUri.LIMIT_EXCEEDED, text);
    }
    this.#lanes.set(session, lane);
    lane.size++;
    const answer = lane.last.then(() => this.#run(session, signal, query));
    lane.last = answer.catch(() => {});
    try {
      return await answer;
    } finally {
      if (--lane.size === 0) this.#lanes.delete(session);
    }
  }

  async #run<T>(session: Id, signal: AbortSignal, query: (work: Work) => Promise<T>): Promise<T> {
    throwIfCancelled(signal);
    const { clock } = this.#realm;
    const start = clock.monotonic();
    return this.#pace.run(session, (work) =>
      query({
        spend: (units) => work.spend(units)?.then(() => throwIfCancelled(signal)),
        get isLate() {
          return clock.monotonic() - start > MAX_TIME;
        },
      }),
    );
  }
}

function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new WampError(ErrorUri.CANCELED, "the call was cancelled");
}
