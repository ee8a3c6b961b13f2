import type { Id } from "@kreuz/codec";
import type { RemoteRegistration, SessionInfo } from "@kreuz/router";
import type { NodeInterest } from "./interests.js";

/** A session of another node, as this node knows it. */
export interface Stub {
  readonly info: SessionInfo;
  /** Whether it joined the realm. One inside the other router is known only while it has registrations. */
  readonly listed: boolean;
  /** What it registered, by the id of the registration. Only the view changes it. */
  readonly callees: Map<Id, Marked<RemoteRegistration>>;
}

/** A value, and the snapshot that last named it. */
export interface Marked<T> {
  readonly value: T;
  mark: number;
}

/**
 * What this node knows of one other node in one realm. A snapshot is applied as a difference: what it names stays or comes,
 * and when it ends, {@link stale} tells what it did not name.
 */
export class PeerView {
  readonly sessions: Map<Id, Marked<Stub>> = new Map();
  readonly interests: Map<Id, Marked<NodeInterest>> = new Map();
  /** The sessions that have a registration, by its id: one of very many sessions is found at once. */
  readonly #holders = new Map<Id, Set<Stub>>();
  #mark = 0;

  /** A snapshot starts. */
  begin(): void {
    this.#mark++;
  }

  get mark(): number {
    return this.#mark;
  }

  /** A session has registered something. @returns what was known of that before. */
  setCallee(stub: Stub, registration: Id, value: RemoteRegistration): RemoteRegistration | undefined {
    const known = stub.callees.get(registration)?.value;
    stub.callees.set(registration, { value, mark: this.#mark });
    const holders = this.#holders.get(registration);
    if (holders === undefined) this.#holders.set(registration, new Set([stub]));
    else holders.add(stub);
    return known;
  }

  /** @returns whether the session had the registration. */
  deleteCallee(stub: Stub, registration: Id): boolean {
    const holders = this.#holders.get(registration);
    if (holders?.delete(stub) === true && holders.size === 0) this.#holders.delete(registration);
    return stub.callees.delete(registration);
  }

  deleteSession(id: Id): Stub | undefined {
    const stub = this.sessions.get(id)?.value;
    this.sessions.delete(id);
    if (stub !== undefined) for (const registration of [...stub.callees.keys()]) this.deleteCallee(stub, registration);
    return stub;
  }

  /** The callees of a registration. */
  *calleesOf(registration: Id): Iterable<readonly [Stub, RemoteRegistration]> {
    for (const stub of this.#holders.get(registration) ?? []) yield [stub, stub.callees.get(registration)!.value];
  }

  /** What the snapshot that ends now did not name. */
  stale(): { sessions: Stub[]; callees: Array<readonly [Stub, Id]>; interests: Id[] } {
    const sessions: Stub[] = [];
    const callees: Array<readonly [Stub, Id]> = [];
    for (const { value: stub, mark } of this.sessions.values()) {
      if (mark !== this.#mark) sessions.push(stub);
      else for (const [id, callee] of stub.callees) if (callee.mark !== this.#mark) callees.push([stub, id]);
    }
    const interests: Id[] = [];
    for (const [id, { mark }] of this.interests) if (mark !== this.#mark) interests.push(id);
    return { sessions, callees, interests };
  }
}
