import { ErrorUri, MessageType as M, nextId, WampError, type Id, type Register, type Unregister } from "@kreuz/codec";
import { Holdings } from "../session/holdings.js";
import { PatternIndex } from "../matching/pattern-index.js";
import type { Permit } from "../auth/authorizer.js";
import { announces } from "../session/peer-features.js";
import type { RealmServices } from "../realm-services.js";
import { Callee, Registration } from "./registration.js";
import type { Session } from "../session/session.js";

/** The registrations of one realm and their callees (spec: "Registering and Unregistering", "Shared Registration"). */
export class Registrations {
  readonly index: PatternIndex<Registration> = new PatternIndex();
  readonly byId: Map<Id, Registration> = new Map();
  readonly #realm: RealmServices;
  readonly #holdings: Holdings<Registration>;
  /** Sessions that have left, and are being removed. */
  readonly #leaving = new Set<Session>();
  #lastId: Id = 0;

  constructor(realm: RealmServices) {
    this.#realm = realm;
    this.#holdings = new Holdings("registration", realm);
  }

  /**
   * @returns the registrations whose callees changed.
   * @throws WampError when the procedure is registered in a way that excludes this, or a limit is reached.
   */
  register(session: Session, message: Register, permit: Permit): readonly Registration[] {
    const { request, options, procedure } = message;
    const match = options.match ?? "exact";
    const known = this.index.get(procedure, match);
    const force = options.force_reregister === true;
    if (known !== undefined && !force) this.#checkShared(known, session, message);
    if (known !== undefined && force) this.#checkEviction(known, session, permit);
    this.#holdings.reserve(session, procedure, match, this.index);
    if (known !== undefined && force) this.#evict(known);
    const existing = this.index.get(procedure, match);
    const registration = existing ?? this.#create(message, session);
    registration.addCallee(new Callee(session, options));
    this.#holdings.add(session, registration);
    // REGISTERED goes first: nothing about the registration may reach the callee before it (spec: "Ordering Guarantees").
    session.send({ type: M.REGISTERED, request, registration: registration.id });
    if (existing === undefined) this.#realm.events.emit("registrationCreated", registration, session.info);
    this.#realm.events.emit("calleeAdded", registration, session.info);
    return known === undefined || known === registration ? [registration] : [known, registration];
  }

  /**
   * @returns the registration that the session gave up.
   * @throws WampError when the session does not hold it.
   */
  unregister(session: Session, { request, registration: id }: Unregister): Registration {
    const registration = this.byId.get(id);
    if (registration === undefined || !this.holds(session, id))
      throw new WampError(ErrorUri.NO_SUCH_REGISTRATION, `this session has no registration ${id}`);
    session.send({ type: M.UNREGISTERED, request });
    this.#detach(registration, session);
    return registration;
  }

  /**
   * Revokes a registration from a session, and tells the session if it announced the feature (spec: "Registration
   * Revocation"). Use `Dealer.revoke`, which also looks after the calls that wait.
   * @returns whether the session held it.
   */
  revoke(registration: Registration, session: Session, reason?: string): boolean {
    if (!this.holds(session, registration.id)) return false;
    if (announces(session, "callee.registration_revocation")) {
      const details = { registration: registration.id, ...(reason === undefined ? {} : { reason }) };
      session.send({ type: M.UNREGISTERED, request: 0, details });
    }
    this.#detach(registration, session);
    return true;
  }

  /** Sessions that hold any registration. */
  get holders(): number {
    return this.#holdings.size;
  }

  /** What a session holds. */
  of(session: Session): Iterable<Registration> {
    return this.#holdings.of(session);
  }

  /** Whether the session holds the registration with that id. */
  holds(session: Session, id: Id): boolean {
    const registration = this.byId.get(id);
    return registration !== undefined && this.#holdings.has(session, registration);
  }

  /**
   * Removes a leaving session from its registrations, one for each step that is taken, and yields those. From this call on,
   * {@link detachLeaving} detaches it as well.
   */
  remove(session: Session): Iterable<Registration> {
    this.#leaving.add(session);
    return this.#removal(session);
  }

  /** Detaches callees that have left but are not removed yet. @returns whether there were any. */
  detachLeaving(registration: Registration): boolean {
    if (this.#leaving.size === 0) return false;
    const left = registration.callees.filter(({ session }) => this.#leaving.has(session));
    for (const { session } of left) this.#detach(registration, session);
    return left.length > 0;
  }

  *#removal(session: Session): Generator<Registration, void> {
    for (const registration of this.#holdings.of(session)) {
      this.#detach(registration, session);
      yield registration;
    }
    this.#leaving.delete(session);
  }

  /** @throws WampError unless the session may join the callees of an existing registration. */
  #checkShared(known: Registration, session: Session, { options }: Register): void {
    const { invoke, uri, match } = known;
    const asked = options.invoke ?? "single";
    const taken = `procedure "${uri}" (${match}) is already registered`;
    if (invoke === "single") throw new WampError(ErrorUri.PROCEDURE_ALREADY_EXISTS, taken);
    if (invoke !== asked)
      throw new WampError(
        ErrorUri.PROCEDURE_EXISTS_INVOCATION_POLICY_CONFLICT,
        `${taken} with invoke "${invoke}", not "${asked}"`,
      );
    if (known.calleeOf(session) !== undefined)
      throw new WampError(ErrorUri.PROCEDURE_ALREADY_EXISTS, `${taken} by this session`);
  }

  /** @throws WampError when the router itself holds the registration, or others do whom the session may not evict. */
  #checkEviction({ uri, callees }: Registration, session: Session, { forceReregister = false }: Permit): void {
    if (callees.some((callee) => callee.session.trusted))
      throw new WampError(ErrorUri.NOT_AUTHORIZED, `procedure "${uri}" belongs to the router`);
    if (forceReregister || callees.every((callee) => callee.session === session)) return;
    const { authrole } = session.info;
    throw new WampError(
      ErrorUri.NOT_AUTHORIZED,
      `role "${authrole}" may not take procedure "${uri}" over from others: force_reregister needs a permission of its own`,
    );
  }

  #evict(registration: Registration): void {
    for (const { session } of [...registration.callees])
      this.revoke(registration, session, "another callee took over the procedure with force_reregister");
  }

  #create({ procedure, options }: Register, session: Session): Registration {
    const { match = "exact", invoke = "single" } = options;
    this.#lastId = nextId(this.#lastId);
    const registration = new Registration(this.#lastId, procedure, match, invoke, this.#realm.clock.now());
    this.index.set(procedure, match, registration, session.id);
    this.byId.set(registration.id, registration);
    this.#realm.stats.registrations.add(match);
    return registration;
  }

  #detach(registration: Registration, session: Session): void {
    registration.removeCallee(session);
    this.#holdings.delete(session, registration);
    const last = registration.callees.length === 0;
    if (last) {
      this.index.delete(registration.uri, registration.match);
      this.byId.delete(registration.id);
      this.#realm.stats.registrations.add(registration.match, -1);
    }
    this.#realm.events.emit("calleeRemoved", registration, session.info);
    if (last) this.#realm.events.emit("registrationDeleted", registration, session.info);
  }
}
