import type { Id, InvocationPolicy, MatchPolicy, RegisterOptions, Uri } from "@kreuz/codec";
import type { RegistrationInfo } from "../plugin/realm-events.js";
import { RemoteSession } from "../fabric/remote-session.js";
import { hashOf } from "../matching/rendezvous.js";
import type { Session } from "../session/session.js";

/** One procedure or pattern, and its callees. */
export class Registration implements RegistrationInfo {
  readonly id: Id;
  readonly uri: Uri;
  readonly match: MatchPolicy;
  invoke: InvocationPolicy;
  created: number;
  readonly #callees: Callee[] = [];
  /** Changes with the callees. */
  version = 0;
  /** Callees that are on other nodes. */
  remotes = 0;
  /** The index that the next turn of `roundrobin` starts at. */
  turn = 0;

  constructor(id: Id, uri: Uri, match: MatchPolicy, invoke: InvocationPolicy, created: number) {
    this.id = id;
    this.uri = uri;
    this.match = match;
    this.invoke = invoke;
    this.created = created;
  }

  /** In the order in which they registered, on all nodes the same; never empty while the registration is indexed. */
  get callees(): readonly Callee[] {
    return this.#callees;
  }

  addCallee(callee: Callee): void {
    let place = this.#callees.length;
    while (place > 0 && this.#callees[place - 1]!.rank > callee.rank) place--;
    if (place === this.#callees.length) this.#callees.push(callee);
    else this.#callees.splice(place, 0, callee);
    if (place < this.turn) this.turn++;
    if (callee.remote !== undefined) this.remotes++;
    this.version++;
  }

  calleeOf(session: Session): Callee | undefined {
    return this.callees.find((callee) => callee.session === session);
  }

  removeCallee(session: Session): void {
    const index = this.callees.findIndex((callee) => callee.session === session);
    if (index < 0) return;
    const [callee] = this.#callees.splice(index, 1);
    if (callee!.remote !== undefined) this.remotes--;
    this.version++;
    // The callees behind it move up by one, and so does the turn: none is skipped.
    if (index < this.turn) this.turn--;
  }
}

/** One session on a registration, with the options it registered with. */
export class Callee {
  readonly session: Session;
  /** The session, when it is on another node. */
  readonly remote: RemoteSession | undefined;
  /** Its place among the callees of all nodes; see {@link RegistrationGrant.rank}. */
  readonly rank: string;
  /** Calls that it handles at the same time. */
  readonly concurrency: number;
  /** Whether it asks to know who calls (spec: "Caller Identification"). */
  readonly discloseCaller: boolean;
  /** Whether it handles the timeout of calls itself (spec: "Call Timeouts"). */
  readonly forwardTimeout: boolean;
  /** The hash of its shard key for partitioned calls, the same after a reconnect (spec: "Sharded Registration"). */
  readonly shardHash: number;
  /** Calls that it works on now. */
  active = 0;

  /** @param rank - empty where there is one node: then it comes last. */
  constructor(session: Session, options: RegisterOptions, rank = "") {
    this.session = session;
    this.remote = session instanceof RemoteSession ? session : undefined;
    this.rank = rank;
    // Only its own node knows whether a callee is busy.
    this.concurrency =
      this.remote === undefined && options.concurrency ? options.concurrency : Number.POSITIVE_INFINITY;
    this.discloseCaller = options.disclose_caller === true;
    this.shardHash = hashOf(options.nkey ?? String(session.id));
    this.forwardTimeout = options.forward_timeout === true;
  }

  get busy(): boolean {
    return this.active >= this.concurrency;
  }
}
