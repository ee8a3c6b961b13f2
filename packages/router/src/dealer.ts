import {
  ErrorUri,
  isReservedUri,
  MessageType as M,
  nextId,
  ProtocolError,
  WampError,
  type Call,
  type Dict,
  type ErrorMessage,
  type Id,
  type MatchPolicy,
  type Register,
  type Unregister,
  type Uri,
  type Yield,
} from "@kreuz/codec";
import { PatternIndex } from "./pattern-index.js";
import type { PendingCall } from "./pending-call.js";
import type { RealmServices } from "./realm-services.js";
import { Registration } from "./registration.js";
import { errorReply } from "./replies.js";
import type { Session } from "./session.js";

const NO_DETAILS: Dict = Object.freeze({});

/** Registrations and calls of one realm (spec: "Remote Procedure Calls"). */
export class Dealer {
  readonly index: PatternIndex<Registration> = new PatternIndex();
  readonly registrations: Map<Id, Registration> = new Map();
  readonly #realm: RealmServices;
  #lastRegistration: Id = 0;

  constructor(realm: RealmServices) {
    this.#realm = realm;
  }

  /** @throws WampError when somebody has the procedure already, or a limit forbids it. */
  register(session: Session, { request, options, procedure }: Register): void {
    const match = options.match ?? "exact";
    if (this.index.get(procedure, match) !== undefined)
      throw new WampError(ErrorUri.PROCEDURE_ALREADY_EXISTS, `procedure "${procedure}" (${match}) is registered already`);
    this.#checkLimit(session);
    const registration = this.#create(procedure, match);
    registration.callees.push(session);
    session.registrations.add(registration);
    // REGISTERED goes first: nothing about the registration may reach the callee before it (spec: "Ordering Guarantees").
    session.send({ type: M.REGISTERED, request, registration: registration.id });
    this.#realm.events.emit("registrationCreated", registration, session.info);
    this.#realm.events.emit("calleeAdded", registration, session.info);
  }

  /** @throws WampError when the session does not hold that registration. */
  unregister(session: Session, { request, registration: id }: Unregister): void {
    const registration = this.registrations.get(id);
    if (registration === undefined || !session.registrations.has(registration))
      throw new WampError(ErrorUri.NO_SUCH_REGISTRATION, `this session has no registration ${id}`);
    this.#part(registration, session);
    session.send({ type: M.UNREGISTERED, request });
  }

  /** @throws WampError when the call cannot be made; nothing was sent to a callee then. */
  call(caller: Session, { request, procedure, payload }: Call): void {
    if (caller.calls.has(request))
      throw new ProtocolError(`CALL.Request: ${request} is in use by a call that has no answer yet`);
    const registration = this.match(procedure);
    const callee = registration?.callees[0];
    if (registration === undefined || callee === undefined)
      throw new WampError(ErrorUri.NO_SUCH_PROCEDURE, `no callee is registered for procedure "${procedure}"`);
    this.#checkPending(caller);
    const invocation = callee.nextInvocation();
    const call: PendingCall = { caller, request, callee, invocation, registration };
    caller.calls.set(request, call);
    callee.invocations.set(invocation, call);
    const details = registration.match === "exact" ? NO_DETAILS : { procedure };
    if (callee.send({ type: M.INVOCATION, request: invocation, registration: registration.id, details, payload })) return;
    this.#forget(call);
    throw new WampError(ErrorUri.INVALID_ARGUMENT, "the arguments cannot be encoded for the callee");
  }

  /** The registration a call of this procedure goes to. Reserved procedures are never caught by a client's pattern. */
  match(procedure: Uri): Registration | undefined {
    return isReservedUri(procedure) ? this.index.exact(procedure) : this.index.best(procedure);
  }

  /** @throws ProtocolError when the callee never got such an INVOCATION. */
  yield(callee: Session, { request, options, payload }: Yield): void {
    const call = this.#answered(callee, request, "YIELD");
    // Nobody was promised progress yet, so only the final result goes on.
    if (call === undefined || options.progress === true) return;
    this.#forget(call);
    if (call.caller.send({ type: M.RESULT, request: call.request, details: NO_DETAILS, payload })) return;
    this.#fail(call, new WampError(ErrorUri.INVALID_ARGUMENT, "the result cannot be encoded for the caller"));
  }

  /** @throws ProtocolError when the callee never got such an INVOCATION. */
  error(callee: Session, { requestType, request, details, error, payload }: ErrorMessage): void {
    if (requestType !== M.INVOCATION)
      throw new ProtocolError(`ERROR.REQUEST.Type: expected ${M.INVOCATION} (INVOCATION), got ${requestType}`);
    const call = this.#answered(callee, request, "ERROR");
    if (call === undefined) return;
    this.#forget(call);
    const reply = { type: M.ERROR, requestType: M.CALL, request: call.request, details, error, payload } as const;
    if (call.caller.send(reply)) return;
    this.#fail(call, new WampError(error, "the error's payload cannot be encoded for the caller"));
  }

  /** Takes a session that leaves out of its registrations and of all calls that it made or works on. */
  remove(session: Session): void {
    for (const registration of session.registrations) this.#part(registration, session);
    // An answer that the callee sends to a caller that is gone is dropped: its id was issued, so it is no violation.
    for (const call of session.calls.values()) this.#forget(call);
    for (const call of session.invocations.values()) {
      this.#forget(call);
      this.#fail(call, new WampError(ErrorUri.CANCELED, "the callee left before it answered"));
    }
  }

  #fail(call: PendingCall, error: WampError): void {
    call.caller.send(errorReply(M.CALL, call.request, error));
  }

  /** The call that a callee answers, or `undefined` when the answer comes too late (spec: "Caller Leaving"). */
  #answered(callee: Session, request: Id, message: string): PendingCall | undefined {
    const call = callee.invocations.get(request);
    if (call === undefined && !callee.wasInvoked(request))
      throw new ProtocolError(`${message}.Request: ${request} is no INVOCATION that was sent to this session`);
    return call;
  }

  #forget(call: PendingCall): void {
    call.caller.calls.delete(call.request);
    call.callee.invocations.delete(call.invocation);
  }

  #create(uri: Uri, match: MatchPolicy): Registration {
    this.#lastRegistration = nextId(this.#lastRegistration);
    const registration = new Registration(this.#lastRegistration, uri, match, "single", this.#realm.clock.now());
    this.index.set(uri, match, registration);
    this.registrations.set(registration.id, registration);
    return registration;
  }

  #part(registration: Registration, session: Session): void {
    registration.callees.splice(registration.callees.indexOf(session), 1);
    session.registrations.delete(registration);
    const last = registration.callees.length === 0;
    if (last) {
      this.index.delete(registration.uri, registration.match);
      this.registrations.delete(registration.id);
    }
    this.#realm.events.emit("calleeRemoved", registration, session.info);
    if (last) this.#realm.events.emit("registrationDeleted", registration, session.info);
  }

  #checkLimit(session: Session): void {
    const limit = this.#realm.limits.registrationsPerSession;
    if (session.registrations.size < limit || session.trusted) return;
    this.#realm.metrics.count("limit_registrations_per_session");
    throw new WampError(ErrorUri.LIMIT_EXCEEDED, `a session may hold at most ${limit} registrations`);
  }

  #checkPending(caller: Session): void {
    const limit = this.#realm.limits.pendingCallsPerSession;
    if (caller.calls.size < limit || caller.trusted) return;
    this.#realm.metrics.count("limit_pending_calls_per_session");
    throw new WampError(ErrorUri.LIMIT_EXCEEDED, `a session may have at most ${limit} calls without an answer`);
  }
}
