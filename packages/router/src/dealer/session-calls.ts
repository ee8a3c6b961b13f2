import { nextId, type Id } from "@kreuz/codec";
import { IdMap } from "./id-map.js";
import type { PendingCall } from "./pending-call.js";
import type { Session } from "../session/session.js";

/** How many answered calls with progressive invocations are remembered; the specification's grace table, by count. */
const REMEMBERED_STREAMS = 256;

/** The calls of one session: those that it made, and those that it works on. */
export class SessionCalls {
  /** By its own request id. */
  readonly made: IdMap<PendingCall> = new IdMap();
  /** By the request id of the INVOCATION. */
  readonly working: IdMap<PendingCall> = new IdMap();
  /** Bytes that are kept because of the calls that it made. */
  #kept = 0;
  #lastInvocation: Id = 0;
  #streams: Set<Id> | undefined;

  /** Counts bytes that are kept, unless there would be more than `limit`. @returns whether there is room for them. */
  keep(bytes: number, limit: number): boolean {
    if (this.#kept + bytes > limit) return false;
    this.#kept += bytes;
    return true;
  }

  /** So many bytes are not kept any longer. */
  letGo(bytes: number): void {
    this.#kept -= bytes;
  }

  /** The request id for the next INVOCATION to this session: sequential from 1 (spec: "IDs", session scope). */
  get nextInvocation(): Id {
    return nextId(this.#lastInvocation);
  }

  /** Notes that the INVOCATION with the next request id was sent. One that could not be sent leaves no gap. */
  countInvocation(): void {
    this.#lastInvocation = this.nextInvocation;
  }

  /** Whether this session was ever sent an INVOCATION with that id: a late answer to one is no violation. */
  wasInvoked(request: Id): boolean {
    return request <= this.#lastInvocation;
  }

  /** Notes that a call whose arguments came in parts was answered: more parts may be on their way. */
  rememberStream(request: Id): void {
    this.#streams ??= new Set();
    this.#streams.add(request);
    if (this.#streams.size <= REMEMBERED_STREAMS) return;
    for (const oldest of this.#streams) return void this.#streams.delete(oldest);
  }

  /** Whether a request id belongs to such a call. */
  wasStream(request: Id): boolean {
    return this.#streams !== undefined && this.#streams.has(request);
  }
}

/** The calls of all sessions of a realm, from a session's first call or INVOCATION until it leaves. */
export class CallBook {
  readonly #sessions = new Map<Session, SessionCalls>();

  /** The record of a session that may have left: asking for it makes none. */
  find(session: Session): SessionCalls | undefined {
    return this.#sessions.get(session);
  }

  of(session: Session): SessionCalls {
    const known = this.#sessions.get(session);
    if (known !== undefined) return known;
    const made = new SessionCalls();
    this.#sessions.set(session, made);
    return made;
  }

  /** Sessions that have an entry. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Calls that their callers wait for. */
  get pending(): number {
    let pending = 0;
    for (const { made } of this.#sessions.values()) pending += made.size;
    return pending;
  }

  delete(session: Session): void {
    this.#sessions.delete(session);
  }
}
