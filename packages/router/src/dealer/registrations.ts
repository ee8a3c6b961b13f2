import { ErrorUri, MessageType as M, nextId, WampError, type Id, type Register, type Unregister } from "@kreuz/codec";
import type { RegistrationGrant } from "../fabric/fabric.js";
import type { RemoteRegistration } from "../fabric/fabric-realm.js";
import { RemoteSession } from "../fabric/remote-session.js";
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

  /** @throws WampError when the procedure is registered in a way that excludes this, or a limit is reached. */
  check(session: Session, message: Register, permit: Permit): void {
    const { options, procedure } = message;
    const { match = "exact", force_reregister: force = false } = options;
    const known = this.index.get(procedure, match);
    if (known !== undefined && !force) this.#checkShared(known, session, message);
    if (known !== undefined && force) this.#checkEviction(known, session, permit);
    this.#holdings.check(session, procedure, match, this.index);
  }

  /**
   * @param grant - what all nodes agreed on, where there are several. Then {@link check} has been asked before them.
   * @returns the registrations whose callees changed.
   * @throws WampError when the procedure is registered in a way that excludes this, or a limit is reached.
   */
  register(session: Session, message: Register, permit: Permit, grant?: RegistrationGrant): readonly Registration[] {
    const { request, options, procedure } = message;
    const match = options.match ?? "exact";
    if (grant === undefined) this.check(session, message, permit);
    const known = this.index.get(procedure, match);
    this.#holdings.reserve(session, procedure, match, this.index);
    if (known !== undefined && options.force_reregister === true) this.#evict(known);
    const existing = this.index.get(procedure, match);
    const registration = existing ?? this.#create(message, grant?.created, session.id);
    // What other nodes had under another policy is outdated: this node has the procedure now.
    if (grant !== undefined) registration.invoke = options.invoke ?? "single";
    registration.addCallee(new Callee(session, options, grant?.rank));
    this.#holdings.add(session, registration);
    // REGISTERED goes first: nothing about the registration may reach the callee before it (spec: "Ordering Guarantees").
    session.send({ type: M.REGISTERED, request, registration: registration.id });
    if (existing === undefined) this.#realm.events.emit("registrationCreated", registration, session.info);
    this.#realm.events.emit("calleeAdded", registration, session.info);
    return known === undefined || known === registration ? [registration] : [known, registration];
  }

  /** Adds a callee of another node, or gives it other options and another place. @returns the registration. */
  addRemote(session: RemoteSession, { uri, match, options, created, rank }: RemoteRegistration): Registration {
    const existing = this.index.get(uri, match);
    const registration =
      existing ?? this.#create({ procedure: uri, options: { ...options, match } }, created, session.id);
    const isNew = registration.calleeOf(session) === undefined;
    registration.removeCallee(session);
    registration.addCallee(new Callee(session, options, rank));
    registration.created = Math.min(registration.created, created);
    this.#holdings.add(session, registration);
    if (existing === undefined) this.#realm.events.emit("registrationCreated", registration, session.info);
    if (isNew) this.#realm.events.emit("calleeAdded", registration, session.info);
    return registration;
  }

  /** Removes a callee of another node. @returns the registration that it was on. */
  removeRemote(session: RemoteSession, id: Id): Registration | undefined {
    const registration = this.byId.get(id);
    if (registration === undefined || !this.holds(session, id)) return undefined;
    this.#detach(registration, session);
    return registration;
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
    if (!(session instanceof RemoteSession) && announces(session, "callee.registration_revocation")) {
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
    const { invoke, uri, match, callees, remotes } = known;
    // What other nodes have is for them to say: what is known of it here may be outdated.
    if (callees.length === remotes) return;
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

  /** The callees of other nodes are evicted there: some of them may have joined since this one took the procedure over. */
  #evict(registration: Registration): void {
    for (const { session } of [...registration.callees])
      if (!(session instanceof RemoteSession))
        this.revoke(registration, session, "another callee took over the procedure with force_reregister");
  }

  #create(
    { procedure, options }: Pick<Register, "procedure" | "options">,
    created: number | undefined,
    owner: Id,
  ): Registration {
    const { match = "exact", invoke = "single" } = options;
    const { fabric, clock } = this.#realm;
    const id = fabric === undefined ? (this.#lastId = nextId(this.#lastId)) : fabric.ids.registration(procedure, match);
    const registration = new Registration(id, procedure, match, invoke, created ?? clock.now());
    this.index.set(procedure, match, registration, owner);
    this.byId.set(registration.id, registration);
    this.#realm.stats.registrations.add(match);
    return registration;
  }

  #detach(registration: Registration, session: Session): void {
    registration.removeCallee(session);
    this.#holdings.delete(session, registration);
    if (session.reach === "realm" && !(session instanceof RemoteSession))
      this.#realm.fabric?.unregistered(registration, session.info);
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
