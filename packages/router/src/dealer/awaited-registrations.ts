import type { Id, Register } from "@kreuz/codec";
import type { Permit } from "../auth/authorizer.js";
import type { RealmFabric, RegistrationGrant } from "../fabric/fabric.js";
import { sessionLeft, type Session } from "../session/session.js";

/** Makes a session a callee. @throws WampError */
type MakeCallee = (session: Session, message: Register, permit: Permit, grant: RegistrationGrant) => void;

/**
 * Registrations that other nodes have to be asked about and told of (see {@link RealmFabric.beforeRegister}). REGISTERED waits
 * for that, and the session is not read from, so each session has at most one.
 */
export class AwaitedRegistrations {
  readonly #makeCallee: MakeCallee;
  /** By session: those that other nodes are being told of, and may call. */
  readonly #told = new Map<Id, Awaited>();

  constructor(makeCallee: MakeCallee) {
    this.#makeCallee = makeCallee;
  }

  /**
   * Asks and tells the other nodes, then makes the session a callee.
   * @returns a promise when that takes its time; until it settles, the session must not be read from.
   * @throws WampError that the session gets, also as a rejection.
   */
  register(fabric: RealmFabric, session: Session, message: Register, permit: Permit): Promise<void> | undefined {
    const answer = fabric.beforeRegister(session, message);
    const granted = (grant: RegistrationGrant): Promise<void> | undefined => {
      const awaited = new Awaited(fabric, session, message, () => this.#makeCallee(session, message, permit, grant));
      if (grant.known === undefined) return awaited.complete();
      this.#told.set(session.id, awaited);
      return grant.known.then(() => this.#finish(session, awaited));
    };
    return answer instanceof Promise ? answer.then(granted) : granted(answer);
  }

  #finish(session: Session, awaited: Awaited): undefined {
    this.#told.delete(session.id);
    return awaited.complete();
  }

  /** Another node calls a session that it was told of: makes it a callee now. */
  complete(session: Id, registration: Id): void {
    const awaited = this.#told.get(session);
    if (awaited === undefined || awaited.registration !== registration) return;
    try {
      awaited.complete();
    } catch {
      // The session is told when its wait is over.
    }
  }
}

/** One registration that waits. However often it is completed, the session becomes a callee once, or fails to once. */
class Awaited {
  /** The id that the registration has or will have. */
  readonly registration: Id;
  readonly #fabric: RealmFabric;
  readonly #session: Session;
  readonly #message: Register;
  #makeCallee: (() => void) | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(fabric: RealmFabric, session: Session, message: Register, makeCallee: () => void) {
    const { procedure, options } = message;
    this.registration = fabric.ids.registration(procedure, options.match ?? "exact");
    this.#fabric = fabric;
    this.#session = session;
    this.#message = message;
    this.#makeCallee = makeCallee;
  }

  /** @throws WampError each time, when the session cannot become a callee: what it was granted is given back then. */
  complete(): undefined {
    const makeCallee = this.#makeCallee;
    this.#makeCallee = undefined;
    if (makeCallee !== undefined) this.#make(makeCallee);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #make(makeCallee: () => void): void {
    try {
      if (this.#session.left) throw sessionLeft();
      makeCallee();
    } catch (error) {
      this.#failure = { error };
      const { procedure: uri, options } = this.#message;
      const { match = "exact" } = options;
      this.#fabric.unregistered({ id: this.registration, uri, match }, this.#session.info);
    }
  }
}
