import type { Id } from "@kreuz/codec";
import type { PeerFeatures, RemoteRegistration, SessionInfo } from "@kreuz/router";
import type { NodeInterest } from "../replica/interests.js";

/** A callee of this node, as others are told of it. */
export interface AnnouncedCallee {
  readonly session: Id;
  readonly info: SessionInfo;
  readonly features: PeerFeatures;
  readonly registration: Id;
  readonly value: RemoteRegistration;
}

/** What this node has told the others about itself in one realm: the same that a snapshot says. */
export class OwnState {
  readonly sessions: Map<Id, SessionInfo> = new Map();
  /** Sessions inside this router that others were told of since they called or registered. */
  readonly described: Set<Id> = new Set();
  readonly interests: Map<Id, NodeInterest & { known: Promise<void> | undefined }> = new Map();
  readonly #callees = new Map<Id, Map<Id, AnnouncedCallee>>();

  /** The callees of a registration, by their sessions. */
  calleesOf(registration: Id): ReadonlyMap<Id, AnnouncedCallee> | undefined {
    return this.#callees.get(registration);
  }

  addCallee(callee: AnnouncedCallee): void {
    const callees = this.#callees.get(callee.registration);
    if (callees === undefined) this.#callees.set(callee.registration, new Map([[callee.session, callee]]));
    else callees.set(callee.session, callee);
  }

  deleteCallee(registration: Id, session: Id): boolean {
    const callees = this.#callees.get(registration);
    if (callees?.delete(session) !== true) return false;
    if (callees.size === 0) this.#callees.delete(registration);
    return true;
  }

  *callees(): Iterable<AnnouncedCallee> {
    for (const callees of this.#callees.values()) yield* callees.values();
  }
}
