import type { Id } from "@kreuz/codec";
import type { Departure, SessionInfo } from "./session-info.js";

/** A value at once, or later when another node has to be asked. */
export type Answer<T> = T | Promise<T>;

/** Selects sessions. All conditions must hold; absent ones do not restrict. */
export interface SessionFilter {
  readonly authids?: readonly string[];
  readonly authroles?: readonly string[];
  /** A session to leave out. */
  readonly except?: Id;
}

/** The sessions of a realm, without those inside the process. */
export interface SessionDirectory {
  count(filter?: SessionFilter): Answer<number>;
  list(filter?: SessionFilter): Answer<readonly Id[]>;
  get(session: Id): Answer<SessionInfo | undefined>;
  /**
   * Ends one session with GOODBYE. When this answers, the session has left every registry.
   * @returns whether the session existed.
   */
  kill(session: Id, departure: Departure): Answer<boolean>;
  /** Ends all selected sessions, a bounded number per turn of the event loop, and returns their ids. */
  killAll(filter: SessionFilter, departure: Departure): Answer<readonly Id[]>;
}
