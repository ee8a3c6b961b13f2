import { ErrorUri, WampError, type Id } from "@kreuz/codec";
import type { RealmContext } from "./plugin.js";

/** Work of one turn of the event loop, for all queries together: a millisecond or two. */
const UNITS_PER_TURN = 1024;
/** Work of one query before the next one gets its share. */
const UNITS_PER_SHARE = 256;

/** What a query tells of its work. */
export interface QueryWork {
  /**
   * Counts work: 1024 units take a millisecond or two.
   * @returns a promise when it is the turn of others; wait for it before you go on. It rejects when the caller has left.
   */
  spend(units: number): Promise<void> | undefined;
}

/** One query under way. */
interface Query {
  readonly session: Id;
  /** Work left of its share. */
  left: number;
  /** Goes on, or gives up. */
  proceed(): void;
  abandon(error: WampError): void;
}

/**
 * One queue and one pace for the expensive queries of a realm: each gets a small share of work, in order, and together they
 * take a bounded part of each turn of the event loop, so that calls and events of others are served in between. A session
 * has a few queries under way; further ones are refused. Queries of a session that leaves are abandoned.
 */
export class QueryPace {
  readonly #realm: Pick<RealmContext, "clock" | "metrics">;
  readonly #maxPerSession: number;
  readonly #sessions = new Map<Id, Set<Query>>();
  readonly #waiting: Query[] = [];
  #running: Query | undefined;
  #left = UNITS_PER_TURN;
  #scheduled = false;

  /** @param maxPerSession - queries that one session may have under way. */
  constructor(realm: Pick<RealmContext, "clock" | "metrics" | "on">, maxPerSession: number) {
    this.#realm = realm;
    this.#maxPerSession = maxPerSession;
    realm.on("sessionLeft", ({ session }) => this.#abandon(session));
  }

  /**
   * Runs a query of a session when its turn comes.
   * @throws WampError `wamp.error.limit_exceeded` when the session has too many under way; `wamp.error.canceled` when it
   * has left; whatever the query throws.
   */
  async run<T>(session: Id, query: (work: QueryWork) => Promise<T>): Promise<T> {
    const entry = this.#admit(session);
    try {
      if (this.#running === undefined && this.#left > 0) this.#running = entry;
      else await this.#wait(entry);
      return await query({ spend: (units) => this.#spend(entry, units) });
    } finally {
      this.#finish(entry);
    }
  }

  #admit(session: Id): Query {
    const queries = this.#sessions.get(session) ?? new Set();
    if (queries.size >= this.#maxPerSession) {
      this.#realm.metrics.count("limit_queries_per_session");
      const message = `the session has ${queries.size} queries under way, the maximum; wait for an answer first`;
      throw new WampError(ErrorUri.LIMIT_EXCEEDED, message);
    }
    const nothing = (): void => {};
    const entry: Query = { session, left: UNITS_PER_SHARE, proceed: nothing, abandon: nothing };
    this.#sessions.set(session, queries.add(entry));
    return entry;
  }

  #spend(entry: Query, units: number): Promise<void> | undefined {
    entry.left -= units;
    this.#left -= units;
    if (entry.left > 0 && this.#left > 0) return undefined;
    const turn = this.#wait(entry);
    this.#release(entry);
    return turn;
  }

  #wait(entry: Query): Promise<void> {
    return new Promise((resolve, reject) => {
      entry.proceed = resolve;
      entry.abandon = reject;
      // A session that left while its query worked.
      if (this.#sessions.get(entry.session)?.has(entry) !== true) return reject(callerLeft());
      this.#waiting.push(entry);
      this.#next();
    });
  }

  #finish(entry: Query): void {
    const queries = this.#sessions.get(entry.session);
    queries?.delete(entry);
    if (queries?.size === 0) this.#sessions.delete(entry.session);
    this.#release(entry);
  }

  #release(entry: Query): void {
    if (this.#running !== entry) return;
    this.#running = undefined;
    this.#next();
    // Small queries that come one at a time do not add up.
    if (this.#running === undefined && this.#waiting.length === 0)
      if (this.#left > UNITS_PER_TURN / 2) this.#left = UNITS_PER_TURN;
      else this.#schedule();
  }

  #next(): void {
    if (this.#running !== undefined || this.#waiting.length === 0) return;
    if (this.#left <= 0) return this.#schedule();
    this.#running = this.#waiting.shift();
    if (this.#running === undefined) return;
    this.#running.left = UNITS_PER_SHARE;
    this.#running.proceed();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#realm.clock.schedule(0, () => {
      this.#scheduled = false;
      this.#left = UNITS_PER_TURN;
      this.#next();
    });
  }

  #abandon(session: Id): void {
    const queries = this.#sessions.get(session);
    if (queries === undefined) return;
    this.#sessions.delete(session);
    for (const entry of queries) {
      const at = this.#waiting.indexOf(entry);
      if (at >= 0) this.#waiting.splice(at, 1);
      entry.abandon(callerLeft());
    }
  }
}

function callerLeft(): WampError {
  return new WampError(ErrorUri.CANCELED, "the caller has left");
}
