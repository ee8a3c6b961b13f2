import type { Account, Clock, Id } from "@kreuz/codec";
import { inTurns } from "../pacing.js";
import { Multimap } from "./multimap.js";
import type { Answer, SessionDirectory, SessionFilter } from "./session-directory.js";
import type { Departure, SessionInfo } from "./session-info.js";
import type { SessionActivity } from "./session-activity.js";
import type { Session } from "./session.js";

/** A session that the router can end. */
export interface EndableSession extends Session {
  readonly activity: SessionActivity;
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
    const { authids, authroles, except } = filter;
    if (authids !== undefined || authroles !== undefined) return this.#select(filter).map((session) => session.id);
    // All sessions of a large realm: no detour by their objects.
    const ids = Array.from(this.#byId.keys());
    return except === undefined ? ids : ids.filter((id) => id !== except);
  }

  get(id: Id): SessionInfo | undefined {
    return this.#byId.get(id)?.info;
  }

  /** The session itself. */
  find(id: Id): EndableSession | undefined {
    return this.#byId.get(id);
  }

  /** The account of a session's connection. */
  account(id: Id): Account | undefined {
    return this.#byId.get(id)?.account;
  }

  kill(id: Id, departure: Departure): boolean {
    const session = this.#byId.get(id);
    session?.end({ ...departure, cause: "killed" });
    return session !== undefined;
  }

  killAll(filter: SessionFilter, departure: Departure): Answer<readonly Id[]> {
    const sessions = this.#select(filter);
    if (sessions.length > MAX_KILLS_PER_TURN) return this.#endInTurns(sessions, departure);
    const killed: Id[] = [];
    for (const session of sessions) this.#end(session, departure, killed);
    return killed;
  }

  /** Ends all sessions without telling the others, a bounded number per turn: the realm closes. */
  close(departure: Departure): Promise<void> {
    const sessions = [...this.#byId.values()];
    return inTurns(this.#clock, MAX_KILLS_PER_TURN, sessions, (session) =>
      session.end({ cause: "shutdown", ...departure, silent: true }),
    );
  }

  async #endInTurns(sessions: readonly EndableSession[], departure: Departure): Promise<readonly Id[]> {
    const killed: Id[] = [];
    await inTurns(this.#clock, MAX_KILLS_PER_TURN, sessions, (session) => this.#end(session, departure, killed));
    return killed;
  }

  /** Ends a session, unless it left while others were ended. */
  #end(session: EndableSession, departure: Departure, killed: Id[]): void {
    if (!this.has(session.id)) return;
    session.end({ ...departure, cause: "killed" });
    killed.push(session.id);
  }

  #select({ authids, authroles, except }: SessionFilter): EndableSession[] {
    const candidates =
      authids !== undefined
        ? this.#byAuthid.all(authids)
        : authroles !== undefined
          ? this.#byAuthrole.all(authroles)
          : [...this.#byId.values()];
    // The lists may be long.
    const [ids, roles] = [setOf(authids), setOf(authroles)];
    return candidates.filter(
      ({ id, info }) => id !== except && ids?.has(info.authid) !== false && roles?.has(info.authrole) !== false,
    );
  }
}

function setOf(names: readonly string[] | undefined): ReadonlySet<string> | undefined {
  return names === undefined ? undefined : new Set(names);
}
