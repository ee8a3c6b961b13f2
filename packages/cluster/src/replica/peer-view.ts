import type { Id } from "@kreuz/codec";
import type { RemoteRegistration, SessionInfo } from "@kreuz/router";
import type { NodeInterest } from "./interests.js";

/** A session of another node, as this node knows it. */
export interface Stub {
  readonly info: SessionInfo;
  /** Whether it joined the realm. One inside the other router is known only while it has registrations. */
  readonly listed: boolean;
  /** What it registered, by the id of the registration. */
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
  #mark = 0;

  /** A snapshot starts. */
  begin(): void {
    this.#mark++;
  }

  get mark(): number {
    return this.#mark;
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
