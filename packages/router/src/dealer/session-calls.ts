import { nextId, ProtocolError, type Id } from "@kreuz/codec";
import type { Session } from "../session/session.js";
import { IdMap, type IdScatter } from "./id-map.js";
import type { PendingCall } from "./pending-call.js";

/** Answered calls with progressive invocations that are remembered: the specification's grace table, bounded by count. */
const MAX_REMEMBERED_STREAMS = 256;

/** The calls of one session: those it made, and those it works on. */
export class SessionCalls {
  /** The calls it made, by its own request id. */
  readonly calls: IdMap<PendingCall>;
  /** The calls it works on, by the request id of the INVOCATION. */
  readonly invocations: IdMap<PendingCall>;
  /** Bytes kept for the calls it made. */
  keptBytes = 0;
  #lastInvocation: Id = 0;
  #streams: Set<Id> | undefined;

  constructor(scatter: IdScatter) {
    this.calls = new IdMap(scatter);
    this.invocations = new IdMap(scatter);
  }

  /** The request id for the next INVOCATION to this session: sequential from 1 (spec: "IDs", session scope). */
  get nextInvocation(): Id {
    return nextId(this.#lastInvocation);
  }

  /** Counts an INVOCATION as sent. One that could not be sent leaves no gap. */
  countInvocation(): void {
    this.#lastInvocation = this.nextInvocation;
  }

  /**
   * The call that this session answers with a YIELD or ERROR; `undefined` when the answer is too late.
   * @throws ProtocolError when the session was never sent such an INVOCATION.
   */
  answered(request: Id, message: string): PendingCall | undefined {
    const call = this.invocations.get(request);
    if (call === undefined && request > this.#lastInvocation)
      throw new ProtocolError(`${message}.Request: no INVOCATION with id ${request} was sent to this session`);
    return call;
  }

  /** Remembers that a call with progressive invocations was answered: more arguments may be on their way. */
  rememberStream(request: Id): void {
    this.#streams ??= new Set();
    this.#streams.add(request);
    if (this.#streams.size <= MAX_REMEMBERED_STREAMS) return;
    for (const oldest of this.#streams) return void this.#streams.delete(oldest);
  }

  /** Whether a request id belongs to such a call. */
  wasStream(request: Id): boolean {
    return this.#streams !== undefined && this.#streams.has(request);
  }
}

/** The calls of all sessions of a realm. A session has an entry from its first call or INVOCATION until it leaves. */
export class SessionCallsTable {
  readonly #scatter: IdScatter;
  readonly #sessions = new Map<Session, SessionCalls>();

  constructor(scatter: IdScatter) {
    this.#scatter = scatter;
  }

  /** The entry of a session, if there is one. */
  find(session: Session): SessionCalls | undefined {
    return this.#sessions.get(session);
  }

  /** The entry of a session, created if absent. */
  of(session: Session): SessionCalls {
    const known = this.#sessions.get(session);
    if (known !== undefined) return known;
    const created = new SessionCalls(this.#scatter);
    this.#sessions.set(session, created);
    return created;
  }

  /** Sessions that have an entry. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Calls that their callers wait for. */
  get pendingCalls(): number {
    let pending = 0;
    for (const { calls } of this.#sessions.values()) pending += calls.size;
    return pending;
  }

  delete(session: Session): void {
    this.#sessions.delete(session);
  }
}
