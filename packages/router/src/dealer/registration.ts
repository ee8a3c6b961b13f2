import type { Id, InvocationPolicy, MatchPolicy, Uri } from "@kreuz/codec";
import type { Callee } from "./callee.js";
import type { RegistrationInfo } from "../plugin/realm-events.js";
import type { Session } from "../session/session.js";

/** One procedure or pattern, and its callees. */
export class Registration implements RegistrationInfo {
  readonly id: Id;
  readonly uri: Uri;
  readonly match: MatchPolicy;
  readonly invoke: InvocationPolicy;
  readonly created: number;
  /** In the order in which they registered; never empty while the registration is indexed. */
  readonly callees: Callee[] = [];
  /** The index that the next turn of `roundrobin` starts at. */
  turn = 0;

  constructor(id: Id, uri: Uri, match: MatchPolicy, invoke: InvocationPolicy, created: number) {
    this.id = id;
    this.uri = uri;
    this.match = match;
    this.invoke = invoke;
    this.created = created;
  }

  calleeOf(session: Session): Callee | undefined {
    return this.callees.find((callee) => callee.session === session);
  }

  removeCallee(session: Session): void {
    const index = this.callees.findIndex((callee) => callee.session === session);
    if (index < 0) return;
    this.callees.splice(index, 1);
    // The callees behind it move up by one, and so does the turn: none is skipped.
    if (index < this.turn) this.turn--;
  }
}
