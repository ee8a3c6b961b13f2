import { ErrorUri, WampError, type Id, type MatchPolicy, type Register, type Uri, type UriRule } from "@kreuz/codec";
import {
  inTurns,
  type Bequest,
  type Departure,
  type FabricRealm,
  type Peer,
  type Publication,
  type RealmFabric,
  type RegistrationGrant,
  type RegistrationInfo,
  type RemoteRegistration,
  type SessionInfo,
  type SubscriptionInfo,
  type WantedSubscription,
} from "@kreuz/router";
import type { NodeId } from "../bus.js";
import { Claims, type Wanted } from "../claims/claims.js";
import type { Link } from "../link/link.js";
import { HashedIds } from "../replica/ids.js";
import { Interests, type NodeInterest } from "../replica/interests.js";
import type { ByteReader } from "../wire/byte-reader.js";
import type { ByteWriter } from "../wire/byte-writer.js";
import { writeDict } from "../wire/values.js";
import { RealmChannel } from "./realm-channel.js";
import { RealmFrames } from "./realm-frames.js";
import { Barriers } from "./barriers.js";
import { Bequests, type Inherit } from "./bequests.js";
import type { ClusterServices } from "./cluster-services.js";
import type { ClusterCounts } from "./cluster-state.js";
import { ClusterSessions, type OtherSessions } from "./cluster-sessions.js";
import { ClusterSubscriptions } from "./cluster-subscriptions.js";
import { FrameType, realmNumber, writeDeparture, writeEvent, writeInterest, writeSession } from "./frames.js";
import { OwnState, type AnnouncedCallee } from "./own-state.js";
import { PeerRealm, unknownSession } from "./peer-realm.js";
import { Disagreements } from "./disagreements.js";
import { Requests } from "./requests.js";
import { snapshot, writeCallee } from "./snapshot.js";

/** A node that is gone has told all others what is older, in milliseconds. */
const RECENT = 60_000;
const BEQUESTS_PER_TURN = 64;
/** What cannot be done yet is tried again so much later, in milliseconds. */
const PACE = 20;

const TAKEN_OVER = "a callee of another node took over the procedure with force_reregister";
const LOST = "another node of the cluster has the procedure";

/** One realm of this node, and what the cluster knows of it. */
export class ClusterRealm implements RealmFabric, OtherSessions {
  readonly uri: Uri;
  readonly number: number;
  readonly sessions: ClusterSessions;
  readonly subscriptions: ClusterSubscriptions;
  readonly claims: Claims;
  readonly peers: Map<NodeId, PeerRealm> = new Map();
  readonly #realm: FabricRealm;
  readonly #services: ClusterServices;
  readonly #own = new OwnState();
  readonly #interests = new Interests();
  readonly #barriers: Barriers;
  readonly #requests: Requests;
  readonly #channel: RealmChannel;
  readonly #frames: RealmFrames;
  readonly #disagreements: Disagreements;
  readonly #bequests = new Bequests((write) => this.#sendToHeir(write));
  #ids: HashedIds | undefined;
  #eventsDropped = 0;
  /** What sessions wait for that are about to register. */
  readonly #granting = new Set<Promise<RegistrationGrant>>();
  #leaving = false;
  #detached = false;

  constructor(realm: FabricRealm, services: ClusterServices) {
    this.#realm = realm;
    this.#services = services;
    this.uri = realm.uri;
    this.number = realmNumber(realm.uri);
    this.#barriers = new Barriers(services.clock);
    this.#requests = new Requests(services.clock);
    this.#channel = new RealmChannel(this.number, services.links, (node) => this.#serves(node));
    this.#disagreements = new Disagreements(realm, services.node);
    this.#frames = new RealmFrames(realm, {
      rules: (node, rules) => this.#disagreements.heard(node, rules),
      time: services.time,
      barriers: this.#barriers,
      requests: this.#requests,
      sync: (node) => this.#syncNode(node),
      verify: (uri, match) => this.claims.verify(uri, match),
      detached: (node) => this.drop(node),
    });
    this.sessions = new ClusterSessions(realm.sessions, this);
    this.subscriptions = new ClusterSubscriptions(realm.subscriptions, this.#interests, this);
    const { referee, clock, random, self, isDead } = services;
    this.claims = new Claims({
      prefix: () => `r${this.ids.realm.toString(36)}.reg`,
      key: (uri, match) => `r${this.ids.realm.toString(36)}.reg.${this.ids.registration(uri, match).toString(36)}`,
      logger: realm.logger,
      referee,
      clock,
      random,
      self,
      isDead,
      now: () => clock.now(),
      whenIsolated: services.whenIsolated,
      remind: (uri, match) => this.#remind(uri, match),
      lost: (uri, match) => this.#revokeOwn(this.ids.registration(uri, match)),
    });
  }

  get uriRule(): UriRule {
    return this.#realm.uriRule;
  }

  async open(): Promise<void> {
    const { idKey } = await this.#services.started();
    this.#ids = new HashedIds(this.uri, idKey);
    for (const link of this.#services.links)
      if (link.up && !this.#services.refuses(link.node, this.uri)) this.#sync(link, true);
    this.#services.opened(this.uri);
  }

  get ids(): HashedIds {
    if (this.#ids === undefined) throw new Error("the realm is not open yet");
    return this.#ids;
  }

  get isolated(): boolean {
    return !this.#services.links.connected;
  }

  get node(): NodeId {
    return this.#services.node;
  }

  now(): number {
    return this.#services.time.now();
  }

  // What sessions of this node do.

  rulesChanged(): void {
    this.#disagreements.changed();
    this.#channel.tell(FrameType.RULES, (to) => writeDict(to, this.#realm.rules));
  }

  isSessionTaken(id: Id): boolean {
    for (const { view } of this.peers.values()) if (view.sessions.has(id)) return true;
    return false;
  }

  joined(session: SessionInfo): void {
    this.#own.sessions.set(session.session, session);
    this.#channel.tell(FrameType.JOINED, (to) => writeSession(to, session));
  }

  left({ session }: SessionInfo, departure: Departure): void {
    this.#bequests.left(session);
    if (!this.#own.sessions.delete(session)) return;
    this.#channel.tell(FrameType.LEFT, (to) => writeDeparture(to, session, departure));
  }

  beforeSubscribe({ session, uri, match, nkey }: WantedSubscription): Promise<void> | undefined {
    const id = this.ids.subscription(uri, match);
    const announced = this.#own.interests.get(id);
    const isKnown = announced !== undefined && (nkey === undefined || announced.nodeKeys.includes(nkey));
    if (isKnown) return announced.known;
    const nodeKeys = [...(announced?.nodeKeys ?? []), ...(nkey === undefined ? [] : [nkey])];
    const created = announced?.created ?? this.#services.clock.now();
    return this.#announce({ id, uri, match, created, session: session.session, nodeKeys });
  }

  unsubscribed({ id }: Pick<SubscriptionInfo, "id">): void {
    // Until a node key is withdrawn, events are for a node that is gone.
    const isSharded = this.#own.interests.get(id)?.nodeKeys.length !== 0;
    this.#services.clock.schedule(isSharded ? 0 : this.#services.linger, () => this.#review(id));
  }

  isSubscribedElsewhere(id: Id): boolean {
    return this.#interests.get(id) !== undefined;
  }

  nodeKeys(id: Id): Iterable<string> {
    return this.#interests.nodeKeys(id);
  }

  beforeRegister(session: Peer, message: Register): Promise<RegistrationGrant> {
    const grant = this.#grant(session, message);
    this.#granting.add(grant);
    const forget = (): void => void this.#granting.delete(grant);
    grant.then(forget, forget);
    return grant;
  }

  async #grant(session: Peer, { procedure: uri, options }: Register): Promise<RegistrationGrant> {
    const { match = "exact", invoke = "single", force_reregister: force = false } = options;
    const created = await this.#claim({ uri, match, invoke, force });
    if (this.#detached) return this.#giveBack(uri, match);
    const rank = `${this.now().toString(16).padStart(14, "0")} ${this.#services.node} ${session.id}`;
    const value: RemoteRegistration = { uri, match, options, created, rank };
    const registration = this.ids.registration(uri, match);
    const callee = { session: session.id, info: session.info, features: session.features, registration, value };
    this.#own.addCallee(callee);
    this.#channel.tell(FrameType.CALLEE, (to) => writeCallee(to, callee, this.#own));
    return { rank, created, known: this.#barrier() };
  }

  /** This node left meanwhile. It may have taken the procedure from another node, which has not heard of that yet. */
  async #giveBack(uri: Uri, match: MatchPolicy): Promise<never> {
    this.claims.release(uri, match);
    await this.claims.settled();
    for (const { node } of this.#channel.present()) void this.ask(node, "verify", { uri, match }).catch(() => {});
    throw new WampError(ErrorUri.NETWORK_FAILURE, "this node leaves the realm");
  }

  async #claim(wanted: Wanted): Promise<number> {
    const { clock, claimed } = this.#services;
    const start = clock.monotonic();
    try {
      return await this.claims.acquire(wanted);
    } finally {
      claimed((clock.monotonic() - start) / 1000);
    }
  }

  unregistered({ id, uri, match }: Pick<RegistrationInfo, "id" | "uri" | "match">, { session }: SessionInfo): void {
    if (!this.#own.deleteCallee(id, session)) return;
    this.#channel.tell(FrameType.NO_CALLEE, (to) => {
      to.number(session);
      to.number(id);
    });
    this.claims.release(uri, match);
  }

  bequeath(plugin: string, inherit: Inherit): Bequest {
    return this.#bequests.of(plugin, inherit);
  }

  published(publication: Publication): void {
    const { options } = publication;
    const isRetained = options.retain === true;
    if (this.#interests.size === 0 && !isRetained) return;
    const links = this.#channel.present();
    // All nodes keep what is retained, whether they want it now or not.
    const nodes = isRetained ? undefined : this.#interests.nodesFor(publication.topic);
    const targets = nodes === undefined ? links : links.filter(({ node }) => nodes.has(node));
    const isKnown = this.#own.sessions.has(publication.publisher.session);
    if (!isRetained) for (const link of targets) if (!link.hasRoom) this.#eventsDropped++;
    this.#channel.send(targets, FrameType.EVENT, isRetained ? "necessary" : "optional", (to) =>
      writeEvent(to, publication, isKnown),
    );
  }

  leaving(): void {
    this.#leaving = true;
    this.#channel.tell(FrameType.LEAVING, () => {});
  }

  async detach(): Promise<void> {
    this.#detached = true;
    this.#channel.tell(FrameType.DETACHED, () => {});
    for (const peer of this.peers.values()) peer.drop();
    this.peers.clear();
    await this.claims.settled();
    await Promise.allSettled(this.#granting);
    this.#services.closed(this.number);
  }

  /** What was counted since the realm was attached. */
  get counts(): ClusterCounts {
    let bounces = 0;
    for (const { calls } of this.peers.values()) bounces += calls.bounces;
    return { bounces, eventsDropped: this.#eventsDropped };
  }

  /** What other nodes have different, for people. */
  get warnings(): readonly string[] {
    return this.#disagreements.warnings;
  }

  // What the directories ask of the other nodes.

  *others(): Iterable<SessionInfo> {
    for (const peer of this.peers.values())
      for (const { value } of peer.view.sessions.values()) if (value.listed) yield value.info;
  }

  find(session: Id): SessionInfo | undefined {
    for (const { view } of this.peers.values()) {
      const stub = view.sessions.get(session)?.value;
      if (stub?.listed === true) return stub.info;
    }
    return undefined;
  }

  nodes(): readonly NodeId[] {
    return this.#channel.present().map(({ node }) => node);
  }

  ask(node: NodeId, question: string, body: object): Promise<unknown> {
    return this.#requests.ask(node, (number) =>
      this.peer(node).send(FrameType.ASK, "necessary", (to) => {
        to.number(number);
        to.text(question);
        writeDict(to, body);
      }),
    );
  }

  // What the links tell.

  up(link: Link): void {
    if (this.#services.refuses(link.node, this.uri)) this.drop(link.node);
    else if (this.#ids !== undefined) this.#sync(link, false);
  }

  down(node: NodeId, reason: string): void {
    this.#barriers.lost(node);
    this.#requests.lost(node);
    this.peers.get(node)?.lost(reason);
  }

  /** A node inherits from this one from now on. */
  async entrust(link: Link): Promise<void> {
    if (this.#ids === undefined || !this.#serves(link.node)) return;
    this.#sync(link, false);
    await this.#barrier([link]);
  }

  /** A process of a node is over. @param isHeir - whether this node does what that one has bequeathed. */
  ended(node: NodeId, isHeir: boolean): void {
    const kept = this.peers.get(node)?.bequests.take() ?? [];
    if (isHeir) void inTurns(this.#realm.clock, BEQUESTS_PER_TURN, kept, (one) => this.#bequests.inherit(one));
  }

  /** A node is dead, has left, or was silent for too long: what it had is taken out. */
  drop(node: NodeId): void {
    this.peers.get(node)?.drop();
    this.#disagreements.left(node);
    // What it published last may have reached some nodes and not others.
    const since = this.now() - RECENT;
    for (const event of this.#realm.retained())
      if (event.published >= since) this.#channel.tell(FrameType.RETAINED, (to) => writeEvent(to, event, false));
  }

  frame(node: NodeId, type: number, body: ByteReader): Promise<void> | undefined {
    if (this.#ids === undefined || this.#detached || this.#services.refuses(node, this.uri)) return undefined;
    const peer = this.peer(node);
    return peer.gate.run(() => this.#frames.read(peer, type, body));
  }

  /** What this node knows of another one in this realm. */
  peer(node: NodeId): PeerRealm {
    const known = this.peers.get(node);
    if (known !== undefined) return known;
    const peer = new PeerRealm({
      node,
      realm: this.#realm,
      number: this.number,
      link: () => this.#services.links.get(node),
      isAnnounced: (session) => this.#own.sessions.has(session),
      registrationId: ({ uri, match }) => this.ids.registration(uri, match),
      revoke: (target, session, registration, reason) =>
        this.ask(target, "revokeCallee", { registration, session, ...(reason === undefined ? {} : { reason }) }).then(
          (answer) => answer === true,
        ),
      calleeAdded: (registration, id) => this.#contest(registration, id),
      interestSet: (from, interest) => this.#interestSet(from, interest),
      interestDeleted: (from, id) => this.#interestDeleted(from, id),
    });
    this.peers.set(node, peer);
    return peer;
  }

  #serves(node: NodeId): boolean {
    return this.peers.get(node)?.present === true || this.#services.serves(node, this.uri);
  }

  #syncNode(node: NodeId): void {
    const link = this.#services.links.get(node);
    if (link?.up === true) this.#sync(link, false);
  }

  /** Tells a node everything about this one, as it can take it. */
  #sync(link: Link, answer: boolean): void {
    const { epoch } = link;
    const bequests = link.node === this.#services.heir() ? this.#bequests : undefined;
    const frames = snapshot({ realm: this.#realm, own: this.#own, bequests, leaving: this.#leaving, answer });
    const go = (): void => {
      while (link.up && link.epoch === epoch && !this.#detached) {
        if (!link.hasRoom) return void this.#services.clock.schedule(PACE, go);
        const { done, value } = frames.next();
        if (done === true) return;
        this.#channel.send([link], value.type, "necessary", value.write);
      }
    };
    go();
  }

  #barrier(links: readonly Link[] = this.#channel.present()): Promise<void> | undefined {
    return this.#barriers.raise((number) =>
      this.#channel.send(links, FrameType.BARRIER, "necessary", (to) => to.number(number)).map(({ node }) => node),
    );
  }

  #sendToHeir(write: (to: ByteWriter) => void): Promise<void> | undefined {
    const links = this.#channel.present().filter(({ node }) => node === this.#services.heir());
    this.#channel.send(links, FrameType.BEQUEST, "necessary", write);
    return this.#barrier(links);
  }

  #announce(interest: NodeInterest): Promise<void> | undefined {
    this.#channel.tell(FrameType.INTEREST, (to) => writeInterest(to, interest));
    const announced = { ...interest, known: this.#barrier() };
    this.#own.interests.set(interest.id, announced);
    const passed = (): void => void (announced.known = undefined);
    void announced.known?.then(passed);
    return announced.known;
  }

  /** Looks whether sessions of this node still have a subscription. */
  #review(id: Id): void {
    const announced = this.#own.interests.get(id);
    if (announced === undefined || this.#detached) return;
    // A session is about to subscribe.
    if (announced.known !== undefined) return this.unsubscribed({ id });
    const interest = this.#realm.interest(id);
    if (interest === undefined) {
      this.#own.interests.delete(id);
      this.#channel.tell(FrameType.NO_INTEREST, (to) => to.number(id));
    } else if (interest.nodeKeys.join("\n") !== announced.nodeKeys.join("\n"))
      this.#announce({ ...announced, nodeKeys: interest.nodeKeys });
  }

  #interestSet(node: NodeId, interest: NodeInterest): void {
    const isFirst = this.#interests.set(node, interest) && this.#realm.interest(interest.id) === undefined;
    if (isFirst) this.#realm.subscriptionCreated(interest, this.#infoOf(node, interest.session));
  }

  #interestDeleted(node: NodeId, id: Id): void {
    const deleted = this.#interests.delete(node, id);
    if (deleted?.last !== true || this.#realm.interest(id) !== undefined) return;
    this.#realm.subscriptionDeleted(deleted.interest, this.#infoOf(node, deleted.interest.session));
  }

  #infoOf(node: NodeId, session: Id): SessionInfo {
    return this.find(session) ?? unknownSession(this.uri, node, session);
  }

  /** Another node has a callee: if it came from another claim than the callees here, one of the two nodes has lost the URI. */
  #contest({ uri, match, created, options }: RemoteRegistration, id: Id): void {
    const own = this.#own.calleesOf(id);
    if (own === undefined) return;
    // At once: the other session is told that it is registered when this node has dealt with what came before the barrier.
    if (options.force_reregister === true)
      for (const callee of [...own.values()]) if (callee.value.created < created) this.#revoke(callee, TAKEN_OVER);
    const isSingle = (options.invoke ?? "single") === "single";
    for (const { value } of own.values())
      if (isSingle || value.created !== created) return void this.claims.verify(uri, match);
  }

  /** The referee may have forgotten the claims of others: has them write those again. */
  async #remind(uri: Uri, match: MatchPolicy): Promise<void> {
    const id = this.ids.registration(uri, match);
    const holders = [...this.peers.values()].filter((peer) => peer.up && peer.hasCallee(id));
    await Promise.allSettled(holders.map(({ node }) => this.ask(node, "verify", { uri, match })));
  }

  /** Revokes a callee of this node, which may still wait until all nodes know of it. */
  #revoke(callee: AnnouncedCallee, reason: string): void {
    const { registration, session } = callee;
    if (this.#own.calleesOf(registration)?.get(session) !== callee) return;
    if (this.#realm.revokeCallee(registration, session, reason, "end")) return;
    this.#services.clock.schedule(PACE, () => this.#revoke(callee, reason));
  }

  #revokeOwn(registration: Id): void {
    for (const callee of [...(this.#own.calleesOf(registration)?.values() ?? [])]) this.#revoke(callee, LOST);
    for (const peer of this.peers.values()) peer.restoreCallees(registration);
  }
}
