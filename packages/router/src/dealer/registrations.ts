import { ErrorUri, MessageType as M, nextId, WampError, type Id, type Register, type Unregister } from "@kreuz/codec";
import { Callee } from "./callee.js";
import { Holdings } from "../session/holdings.js";
import { PatternIndex } from "../matching/pattern-index.js";
import { announces } from "../session/peer-features.js";
import type { RealmServices } from "../realm-services.js";
import { Registration } from "./registration.js";
import type { Session } from "../session/session.js";

/** Who offers which procedures in one realm (spec: "Registering and Unregistering", "Shared Registration"). */
export class Registrations {
  readonly index: PatternIndex<Registration> = new PatternIndex();
  readonly byId: Map<Id, Registration> = new Map();
  readonly #realm: RealmServices;
  readonly #holdings = new Holdings<Registration>();
  /** Told when a registration has one callee more or less. */
  readonly #changed: (registration: Registration) => void;
  #lastId: Id = 0;

  constructor(realm: RealmServices, changed: (registration: Registration) => void) {
    this.#realm = realm;
    this.#changed = changed;
  }

  /** @throws WampError when the procedure is taken on other terms, or a limit forbids it. */
  register(session: Session, message: Register): void {
    const { request, options, procedure } = message;
    const match = options.match ?? "exact";
    const known = this.index.get(procedure, match);
    if (known !== undefined && options.force_reregister !== true) this.#checkShared(known, session, message);
    this.#checkLimit(session);
    if (known !== undefined && options.force_reregister === true) this.#evict(known);
    const existing = this.index.get(procedure, match);
    const registration = existing ?? this.#create(message);
    registration.callees.push(new Callee(session, options));
    this.#holdings.add(session, registration);
    // REGISTERED goes first: nothing about the registration may reach the callee before it (spec: "Ordering Guarantees").
    session.send({ type: M.REGISTERED, request, registration: registration.id });
    if (existing === undefined) this.#realm.events.emit("registrationCreated", registration, session.info);
    this.#realm.events.emit("calleeAdded", registration, session.info);
    this.#changed(registration);
  }

  /** @throws WampError when the session does not hold that registration. */
  unregister(session: Session, { request, registration: id }: Unregister): void {
    const registration = this.byId.get(id);
    if (registration === undefined || !this.holds(session, id))
      throw new WampError(ErrorUri.NO_SUCH_REGISTRATION, `this session has no registration ${id}`);
    session.send({ type: M.UNREGISTERED, request });
    this.#part(registration, session);
  }

  /**
   * Takes a callee off a registration and tells it, if it can be told (spec: "Registration Revocation").
   * @returns whether it was on it.
   */
  revoke(registration: Registration, session: Session, reason?: string): boolean {
    if (!this.holds(session, registration.id)) return false;
    if (announces(session, "callee.registration_revocation")) {
      const details = { registration: registration.id, ...(reason === undefined ? {} : { reason }) };
      session.send({ type: M.UNREGISTERED, request: 0, details });
    }
    this.#part(registration, session);
    return true;
  }

  /** Sessions that hold any. */
  get holders(): number {
    return this.#holdings.size;
  }

  /** Whether the session holds the registration with that id. */
  holds(session: Session, id: Id): boolean {
    const registration = this.byId.get(id);
    return registration !== undefined && this.#holdings.has(session, registration);
  }

  /** Takes a session that leaves off all its registrations. */
  remove(session: Session): void {
    for (const registration of this.#holdings.of(session)) this.#part(registration, session);
  }

  /** @throws WampError unless the session may join the callees of a registration that exists. */
  #checkShared(known: Registration, session: Session, { options }: Register): void {
    const { invoke, uri, match } = known;
    const asked = options.invoke ?? "single";
    const taken = `procedure "${uri}" (${match}) is registered already`;
    if (invoke === "single") throw new WampError(ErrorUri.PROCEDURE_ALREADY_EXISTS, taken);
    if (invoke !== asked)
      throw new WampError(
        ErrorUri.PROCEDURE_EXISTS_INVOCATION_POLICY_CONFLICT,
        `${taken} with invoke "${invoke}", not "${asked}"`,
      );
    if (known.calleeOf(session) !== undefined)
      throw new WampError(ErrorUri.PROCEDURE_ALREADY_EXISTS, `${taken} by this session`);
  }

  /** @throws WampError when the router itself holds the registration. */
  #evict(registration: Registration): void {
    if (registration.callees.some(({ session }) => session.trusted))
      throw new WampError(ErrorUri.NOT_AUTHORIZED, `procedure "${registration.uri}" belongs to the router`);
    for (const { session } of [...registration.callees])
      this.revoke(registration, session, "another callee registered the procedure by force");
  }

  #create({ procedure, options }: Register): Registration {
    const { match = "exact", invoke = "single" } = options;
    this.#lastId = nextId(this.#lastId);
    const registration = new Registration(this.#lastId, procedure, match, invoke, this.#realm.clock.now());
    this.index.set(procedure, match, registration);
    this.byId.set(registration.id, registration);
    return registration;
  }

  #part(registration: Registration, session: Session): void {
    registration.removeCallee(session);
    this.#holdings.delete(session, registration);
    const last = registration.callees.length === 0;
    if (last) {
      this.index.delete(registration.uri, registration.match);
      this.byId.delete(registration.id);
    }
    this.#changed(registration);
    this.#realm.events.emit("calleeRemoved", registration, session.info);
    if (last) this.#realm.events.emit("registrationDeleted", registration, session.info);
  }

  #checkLimit(session: Session): void {
    const limit = this.#realm.limits.registrationsPerSession;
    if (session.trusted || this.#holdings.count(session) < limit) return;
    this.#realm.metrics.count("limit_registrations_per_session");
    throw new WampError(ErrorUri.LIMIT_EXCEEDED, `a session may hold at most ${limit} registrations`);
  }
}
