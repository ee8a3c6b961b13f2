import type { Id, InvocationPolicy, MatchPolicy, Uri } from "@kreuz/codec";
import type { RegistrationInfo } from "./realm-events.js";
import type { Session } from "./session.js";

/** One procedure or pattern, and who implements it. */
export class Registration implements RegistrationInfo {
  readonly id: Id;
  readonly uri: Uri;
  readonly match: MatchPolicy;
  readonly invoke: InvocationPolicy;
  readonly created: number;
  /** In the order in which they registered; never empty while the registration is in the index. */
  readonly callees: Session[] = [];

  constructor(id: Id, uri: Uri, match: MatchPolicy, invoke: InvocationPolicy, created: number) {
    this.id = id;
    this.uri = uri;
    this.match = match;
    this.invoke = invoke;
    this.created = created;
  }
}
