import {
  CloseUri,
  ErrorUri,
  WampError,
  type Id,
  type Invocation,
  type InvocationPolicy,
  type Payload,
  type RouterMessage,
  type CancelOptions,
} from "@kreuz/codec";
import {
  inTurns,
  type BounceReason,
  type Departure,
  type FabricRealm,
  type PeerFeatures,
  type RemoteCall,
  type RemoteRegistration,
  type SessionInfo,
} from "@kreuz/router";
import type { NodeId } from "../bus.js";
import type { Need } from "../link/outgoing.js";
import type { NodeInterest } from "../replica/interests.js";
import { PeerView } from "../replica/peer-view.js";
import type { ByteReader } from "../wire/byte-reader.js";
import type { ByteWriter } from "../wire/byte-writer.js";
import { readSession, writeSession } from "./frames.js";
import { KeptBequests } from "./bequests.js";
import { Gate } from "./gate.js";
import { LinkedSession, type CallChannel } from "./linked-session.js";
import type { OwnState } from "./own-state.js";
import { PeerCalls, type CallLink } from "./peer-calls.js";
import type { RealmChannel } from "./realm-channel.js";

/** What one other node is in one realm needs of the realm. */
export interface PeerRealmOptions {
  readonly node: NodeId;
  readonly realm: FabricRealm;
  readonly channel: RealmChannel;
  /** How much is taken out in one turn of the event loop. */
  readonly perTurn: number;
  /** What the other node knows of this one. */
  readonly own: OwnState;
  readonly registrationId: (registration: RemoteRegistration) => Id;
  readonly revoke: (node: NodeId, session: Id, registration: Id, reason: string | undefined) => Promise<boolean>;
  /** A callee of the other node was added: it may exclude those of this one. */
  readonly calleeAdded: (registration: RemoteRegistration, id: Id) => void;
  readonly interestSet: (interest: NodeInterest) => void;
  readonly interestDeleted: (id: Id) => void;
}

const LOST: Departure = { reason: CloseUri.TRANSPORT_LOST, message: "the node of the session was lost", cause: "lost" };

/** One other node in one realm: what is known of it, and the calls in flight. */
export class PeerRealm implements CallChannel, CallLink {
  readonly node: NodeId;
  readonly calls: PeerCalls;
  readonly view: PeerView = new PeerView();
  /** Lets what comes from the node wait while something is being taken out. */
  readonly gate: Gate;
  /** What this node does about sessions of the other one when that one is dead. */
  readonly bequests: KeptBequests = new KeptBequests();
  /** Whether the node has said that it serves the realm. */
  present = false;
  /** Whether the node has said that it is about to leave the realm. */
  leaving = false;
  readonly #options: PeerRealmOptions;
  readonly #sessions = new Map<Id, LinkedSession>();

  constructor(options: PeerRealmOptions) {
    this.#options = options;
    this.node = options.node;
    this.calls = new PeerCalls(options.realm, this);
    this.gate = new Gate(options.realm.clock, options.perTurn);
  }

  /** URI of the realm. */
  get realm(): string {
    return this.#options.realm.uri;
  }

  get up(): boolean {
    return this.#options.channel.reaches(this.node);
  }

  get reachable(): boolean {
    return this.up && !this.leaving;
  }

  /** Sessions that hold or call something. */
  get linkedSessions(): number {
    return this.#sessions.size;
  }

  send(type: number, need: Need, write: (to: ByteWriter) => void): boolean {
    return this.#options.channel.sendTo(this.node, type, need, write);
  }

  // Sessions.

  /** A session that the other node names by its id, or describes when it has not announced it. */
  session(from: ByteReader): LinkedSession {
    const id = from.number();
    const features = from.number();
    return this.#linked(from.byte() === 1 ? readSession(from, this.realm, this.node) : this.find(id), features);
  }

  /** A session of the other node by its id. Of one that the node has not announced, nothing else is known. */
  find(id: Id): SessionInfo {
    return this.view.sessions.get(id)?.value.info ?? unknownSession(this.realm, this.node, id);
  }

  describe(to: ByteWriter, session: SessionInfo, features: PeerFeatures): void {
    const { sessions, described } = this.#options.own;
    const isAnnounced = sessions.has(session.session);
    to.number(session.session);
    to.number(features);
    to.byte(isAnnounced ? 0 : 1);
    if (isAnnounced) return;
    described.add(session.session);
    writeSession(to, session);
  }

  joined(info: SessionInfo): void {
    if (this.#know(info, true)) this.#options.realm.sessionJoined(info);
  }

  /** A session inside the other router is about to be a callee. */
  met(info: SessionInfo): void {
    this.#know(info, false);
  }

  /** @returns whether the session is new. */
  #know(info: SessionInfo, listed: boolean): boolean {
    const { mark } = this.view;
    const known = this.view.sessions.get(info.session);
    if (known === undefined)
      this.view.sessions.set(info.session, { value: { info, listed, callees: new Map() }, mark });
    else known.mark = mark;
    return known === undefined;
  }

  left(id: Id, departure: Departure): void {
    const stub = this.view.deleteSession(id);
    const { realm } = this.#options;
    const removal = this.#remove(id, calleeLost(departure));
    const left = (): void => (stub?.listed === true ? realm.sessionLeft(stub.info, departure) : undefined);
    if (removal === undefined) left();
    else this.gate.close(removal.then(left));
  }

  // Callees.

  addCallee(session: Id, features: PeerFeatures, registration: RemoteRegistration): void {
    const stub = this.view.sessions.get(session)?.value;
    if (stub === undefined) return;
    const id = this.#options.registrationId(registration);
    const known = this.view.setCallee(stub, id, registration);
    // Also when it is known: a session here that took the procedure over may have evicted it.
    this.#options.realm.addCallee(this.#linked(stub.info, features), registration);
    if (known?.rank === registration.rank && known.created === registration.created) return;
    this.#options.calleeAdded(registration, id);
  }

  hasCallee(registration: Id): boolean {
    for (const _callee of this.view.calleesOf(registration)) return true;
    return false;
  }

  /** Whether the node has callees of a registration that came from another claim than this one, or that admit no others. */
  excludes(registration: Id, created: number, invoke: InvocationPolicy): boolean {
    for (const [, callee] of this.view.calleesOf(registration))
      if (invoke === "single" || callee.created !== created) return true;
    return false;
  }

  /** Adds the callees of a registration again: a session here evicted them, and lost the procedure. */
  restoreCallees(registration: Id): void {
    for (const [{ info }, callee] of this.view.calleesOf(registration)) {
      const linked = this.#sessions.get(info.session);
      if (linked !== undefined) this.#options.realm.addCallee(linked, callee);
    }
  }

  removeCallee(session: Id, registration: Id): void {
    const stub = this.view.sessions.get(session)?.value;
    const linked = this.#sessions.get(session);
    if (stub === undefined || !this.view.deleteCallee(stub, registration)) return;
    if (linked !== undefined) this.#options.realm.removeCallee(linked, registration);
    if (!stub.listed && stub.callees.size === 0) this.view.deleteSession(session);
  }

  // Interest.

  setInterest(interest: NodeInterest): void {
    this.view.interests.set(interest.id, { value: interest, mark: this.view.mark });
    this.#options.interestSet(interest);
  }

  deleteInterest(id: Id): void {
    if (this.view.interests.delete(id)) this.#options.interestDeleted(id);
  }

  // The link, and the life of the node.

  /** A snapshot is complete: what it did not name is gone. */
  endSync(): void {
    const { sessions, callees, interests } = this.view.stale();
    this.bequests.endSync();
    void this.#takeOut(function* (peer) {
      for (const [stub, id] of callees) yield peer.removeCallee(stub.info.session, id);
      for (const id of interests) yield peer.deleteInterest(id);
      for (const { info } of sessions) yield peer.left(info.session, LOST);
    });
  }

  /** The link was lost: calls fail, all else stays until the node is back or dead. */
  lost(reason: string): void {
    const error = new WampError(ErrorUri.NETWORK_FAILURE, `the connection to node "${this.node}" was lost: ${reason}`);
    const { realm } = this.#options;
    for (const [id, session] of [...this.#sessions]) {
      // One inside the other router that only calls is not in the next snapshot.
      const isKnown = this.view.sessions.has(id);
      this.gate.close(isKnown ? realm.failCalls(session, error) : this.#remove(id, error));
    }
    this.calls.clear();
  }

  /** The node is gone, and all that it had. */
  drop(): Promise<void> {
    this.present = false;
    return this.#takeOut(function* (peer) {
      for (const id of [...peer.view.interests.keys()]) yield peer.deleteInterest(id);
      for (const id of [...peer.view.sessions.keys()]) yield peer.left(id, LOST);
      for (const id of [...peer.#sessions.keys()]) yield peer.gate.close(peer.#remove(id, calleeLost(LOST)));
    });
  }

  /** What is much takes several turns, and what comes from the node waits meanwhile. */
  #takeOut(steps: (peer: PeerRealm) => Iterable<void>): Promise<void> {
    const { realm, perTurn } = this.#options;
    const taken = inTurns(realm.clock, perTurn, steps(this), () => {});
    this.gate.close(taken);
    return taken;
  }

  #linked(info: SessionInfo, features: PeerFeatures): LinkedSession {
    const known = this.#sessions.get(info.session);
    if (known !== undefined) return known;
    const session = new LinkedSession(info, features, this);
    this.#sessions.set(info.session, session);
    return session;
  }

  #remove(id: Id, error: WampError): Promise<void> | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined) return undefined;
    this.#sessions.delete(id);
    return this.#options.realm.remove(session, error);
  }

  // What sessions of the other node are sent.

  invoke(callee: LinkedSession, invocation: Invocation, call: RemoteCall): void {
    this.calls.invoke(callee, invocation, call);
  }

  proceed(callee: LinkedSession, invocation: Invocation): void {
    this.calls.proceed(callee, invocation);
  }

  interrupt(callee: LinkedSession, request: Id, options: CancelOptions): void {
    this.calls.interrupt(callee, request, options);
  }

  answer(caller: LinkedSession, message: RouterMessage): void {
    this.calls.answer(caller, message);
  }

  bounce(caller: LinkedSession, request: Id, payload: Payload, reason: BounceReason): void {
    this.calls.bounce(caller, request, payload, reason);
  }

  revoke(callee: LinkedSession, registration: Id, reason: string | undefined): Promise<boolean> {
    return this.#options.revoke(this.node, callee.id, registration, reason);
  }
}

/** The error for calls to a callee that left, or whose node was lost. */
function calleeLost(departure: Departure): WampError {
  return departure === LOST
    ? new WampError(ErrorUri.NETWORK_FAILURE, "the node of the callee was lost")
    : new WampError(ErrorUri.CANCELED, "the callee left before it answered");
}

/** A session of another node of which only the id is known. */
function unknownSession(realm: string, node: NodeId, session: Id): SessionInfo {
  const nobody = { authid: "", authrole: "", authmethod: "", authprovider: "" };
  const transport = { type: "cluster", protocol: "", serializer: "" };
  return { session, realm, ...nobody, transport, node };
}
