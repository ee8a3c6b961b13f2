import type { Session } from "./session.js";

/** The subscriptions or registrations that each session holds. */
export class Holdings<T> {
  readonly #bySession = new Map<Session, Set<T>>();

  /** Sessions that hold anything. */
  get size(): number {
    return this.#bySession.size;
  }

  add(session: Session, held: T): void {
    const known = this.#bySession.get(session);
    if (known === undefined) this.#bySession.set(session, new Set([held]));
    else known.add(held);
  }

  delete(session: Session, held: T): void {
    const known = this.#bySession.get(session);
    known?.delete(held);
    if (known?.size === 0) this.#bySession.delete(session);
  }

  has(session: Session, held: T): boolean {
    return this.#bySession.get(session)?.has(held) === true;
  }

  /** What a session holds. Entries deleted during the iteration are left out. */
  of(session: Session): Iterable<T> {
    return this.#bySession.get(session) ?? [];
  }

  count(session: Session): number {
    return this.#bySession.get(session)?.size ?? 0;
  }
}
