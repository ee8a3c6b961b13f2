import {
  ErrorUri,
  isReservedUri,
  WampError,
  type Call,
  type Cancel,
  type ErrorMessage,
  type Id,
  type Register,
  type Unregister,
  type Uri,
  type Yield,
} from "@kreuz/codec";
import { Calls } from "./calls.js";
import type { PendingCall } from "./pending-call.js";
import { ALLOWED, type Permit } from "../auth/permit.js";
import type { RealmServices } from "../realm-services.js";
import type { Registration } from "./registration.js";
import { Registrations } from "./registrations.js";
import type { Session } from "../session/session.js";

/** Remote procedure calls of one realm: finds who serves a call, and hands it to those that see it through. */
export class Dealer {
  readonly registrations: Registrations;
  readonly #calls: Calls;

  constructor(realm: RealmServices) {
    this.#calls = new Calls(realm, (procedure) => this.match(procedure));
    this.registrations = new Registrations(realm, (registration) => this.#calls.calleesChanged(registration));
  }

  /** @throws WampError when the procedure is taken on other terms, or a limit forbids it. */
  register(session: Session, message: Register): void {
    this.registrations.register(session, message);
  }

  /** @throws WampError when the session does not hold that registration. */
  unregister(session: Session, message: Unregister): void {
    this.registrations.unregister(session, message);
  }

  /**
   * Takes a CALL that is no new one: more arguments for one in flight, or for one whose answer the caller had not got
   * yet, which are discarded (spec: "Continuations on Completed Calls").
   *
   * @returns false when it is a new one.
   * @throws ProtocolError when the call in flight takes no more arguments.
   */
  proceed(caller: Session, message: Call): boolean {
    return this.#calls.proceed(caller, message);
  }

  /** Notes that a call is refused: what the caller still sends for it is discarded. */
  refuse(caller: Session, message: Call): void {
    this.#calls.refuse(caller, message);
  }

  /** The call that a session in this process is to work on, if it still is. */
  invoked(callee: Session, request: Id): PendingCall | undefined {
    return this.#calls.invoked(callee, request);
  }

  /** @throws WampError when the call cannot be made; nothing was sent to a callee then. */
  call(caller: Session, message: Call, permit: Permit = ALLOWED): void {
    const registration = this.match(message.procedure);
    if (registration === undefined)
      throw new WampError(ErrorUri.NO_SUCH_PROCEDURE, `no callee is registered for procedure "${message.procedure}"`);
    this.#calls.start(caller, message, permit, registration);
  }

  /** @see Calls.counts */
  get calls(): Calls["counts"] {
    return this.#calls.counts;
  }

  /** The registration a call of this procedure goes to. Reserved procedures are never caught by a client's pattern. */
  match(procedure: Uri): Registration | undefined {
    const { index } = this.registrations;
    return isReservedUri(procedure) ? index.exact(procedure) : index.best(procedure);
  }

  cancel(caller: Session, message: Cancel): void {
    this.#calls.cancel(caller, message);
  }

  /** @throws ProtocolError when the callee never got such an INVOCATION. */
  yield(callee: Session, message: Yield): void {
    this.#calls.yield(callee, message);
  }

  /** @throws ProtocolError when the callee never got such an INVOCATION. */
  error(callee: Session, message: ErrorMessage): void {
    this.#calls.error(callee, message);
  }

  /** Takes a session that leaves out of its registrations and of all calls that it made or works on. */
  remove(session: Session): void {
    // First what waits: a registration that goes serves or fails what waits for it.
    this.#calls.withdraw(session);
    this.registrations.remove(session);
    this.#calls.remove(session);
  }
}
