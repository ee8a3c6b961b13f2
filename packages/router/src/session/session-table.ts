import type { Clock, Id } from "@kreuz/codec";
import { Multimap } from "./multimap.js";
import type { Answer, SessionDirectory, SessionFilter } from "./session-directory.js";
import type { Departure, SessionInfo } from "./session-info.js";
import type { Session } from "./session.js";

/** A session that the router can end. */
export interface EndableSession extends Session {
  /** Sends GOODBYE and takes the session out of its realm at once. */
  end(departure: Departure): void;
}

/** Killing one session takes a few dozen microseconds, so this many take about a millisecond. */
const MAX_KILLS_PER_TURN = 32;

/**
 * The sessions of one realm by id, authid and authrole, so that a query for one of these does not scan all sessions.
 * Sessions inside the process are not included.
 */
export class SessionTable implements SessionDirectory {
  readonly #clock: Clock;
  readonly #byId = new Map<Id, EndableSession>();
  readonly #byAuthid = new Multimap<string, EndableSession>();
  readonly #byAuthrole = new Multimap<string, EndableSession>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#byId.size;
  }

  has(id: Id): boolean {
    return this.#byId.has(id);
  }

  add(session: EndableSession): void {
    this.#byId.set(session.id, session);
    this.#byAuthid.add(session.info.authid, session);
    this.#byAuthrole.add(session.info.authrole, session);
  }

  remove(session: EndableSession): void {
    this.#byId.delete(session.id);
    this.#byAuthid.remove(session.info.authid, session);
    this.#byAuthrole.remove(session.info.authrole, session);
  }

  [Symbol.iterator](): IterableIterator<EndableSession> {
    return this.#byId.values();
  }

  count(filter: SessionFilter = {}): number {
    const { authids, authroles, except } = filter;
    if (authids !== undefined) return this.#select(filter).length;
    if (authroles === undefined) return this.size - (except !== undefined && this.has(except) ? 1 : 0);
    let total = 0;
    for (const authrole of new Set(authroles)) total += this.#byAuthrole.count(authrole);
    const excepted = except === undefined ? undefined : this.#byId.get(except);
    return excepted !== undefined && authroles.includes(excepted.info.authrole) ? total - 1 : total;
  }

  list(filter: SessionFilter = {}): readonly Id[] {
    return this.#select(filter).map((session) => session.id);
  }

  get(id: Id): SessionInfo | undefined {
    return this.#byId.get(id)?.info;
  }

  kill(id: Id, departure: Departure): boolean {
    const session = this.#byId.get(id);
    session?.end({ ...departure, killed: true });
    return session !== undefined;
  }

  killAll(filter: SessionFilter, departure: Departure): Answer<readonly Id[]> {
    const sessions = this.#select(filter);
    return sessions.length <= MAX_KILLS_PER_TURN
      ? this.#end(sessions, departure)
      : this.#endInTurns(sessions, departure);
  }

  async #endInTurns(sessions: readonly EndableSession[], departure: Departure): Promise<readonly Id[]> {
    const killed: Id[] = [];
    for (let start = 0; start < sessions.length; start += MAX_KILLS_PER_TURN) {
      if (start > 0) await new Promise<void>((resolve) => this.#clock.schedule(0, resolve));
      killed.push(...this.#end(sessions.slice(start, start + MAX_KILLS_PER_TURN), departure));
    }
    return killed;
  }

  /** Ends the sessions still present: some may have left while others were ended. */
  #end(sessions: readonly EndableSession[], departure: Departure): Id[] {
    const present = sessions.filter((session) => this.has(session.id));
    for (const session of present) session.end({ ...departure, killed: true });
    return present.map((session) => session.id);
  }

  #select({ authids, authroles, except }: SessionFilter): EndableSession[] {
    const candidates =
      authids !== undefined
        ? this.#byAuthid.all(authids)
        : authroles !== undefined
          ? this.#byAuthrole.all(authroles)
          : [...this.#byId.values()];
    return candidates.filter(
      ({ id, info }) =>
        id !== except &&
        (authids === undefined || authids.includes(info.authid)) &&
        (authroles === undefined || authroles.includes(info.authrole)),
    );
  }
}
