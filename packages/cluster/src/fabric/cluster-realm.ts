import type { Id, Register, Uri, UriRule } from "@kreuz/codec";
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
  type SessionInfo,
  type SubscriptionInfo,
  type WantedSubscription,
} from "@kreuz/router";
import type { NodeId } from "../bus.js";
import type { Claims } from "../claims/claims.js";
import type { Link } from "../link/link.js";
import { HashedIds } from "../replica/ids.js";
import type { ByteReader } from "../wire/byte-reader.js";
import type { ByteWriter } from "../wire/byte-writer.js";
import { writeDict } from "../wire/values.js";
import { RealmChannel, type UnwrittenFrame } from "./realm-channel.js";
import { RealmFrames } from "./realm-frames.js";
import { RealmInterest } from "./realm-interest.js";
import { RealmRegistrations } from "./realm-registrations.js";
import { Barriers } from "./barriers.js";
import { Bequests, type Inherit } from "./bequests.js";
import type { ClusterServices } from "./cluster-services.js";
import type { ClusterCounts } from "./cluster-state.js";
import { ClusterSessions, type OtherSessions } from "./cluster-sessions.js";
import { ClusterSubscriptions } from "./cluster-subscriptions.js";
import { FrameType, isOfLink, realmNumber, writeDeparture, writeEvent, writeSession } from "./frames.js";
import { OwnState } from "./own-state.js";
import { PeerRealm } from "./peer-realm.js";
import { Disagreements } from "./disagreements.js";
import { Requests } from "./requests.js";
import { snapshot } from "./snapshot.js";

/** A node that is gone has told all others what is older, in milliseconds. */
const RECENT = 60_000;
const BEQUESTS_PER_TURN = 64;

/** One realm of this node, and what the cluster knows of it. */
export class ClusterRealm implements RealmFabric, OtherSessions {
  readonly uri: Uri;
  readonly number: number;
  readonly sessions: ClusterSessions;
  readonly subscriptions: ClusterSubscriptions;
  readonly ids: HashedIds;
  readonly peers: Map<NodeId, PeerRealm> = new Map();
  readonly #realm: FabricRealm;
  readonly #services: ClusterServices;
  readonly #own = new OwnState();
  readonly #interest: RealmInterest;
  readonly #registrations: RealmRegistrations;
  readonly #barriers: Barriers;
  readonly #requests: Requests;
  readonly #channel: RealmChannel;
  readonly #frames: RealmFrames;
  readonly #disagreements: Disagreements;
  readonly #bequests = new Bequests((write) => this.#sendToHeir(write));
  #eventsDropped = 0;
  /** Of nodes that are gone. */
  #bounces = 0;
  #leaving = false;
  #detached = false;

  constructor(realm: FabricRealm, services: ClusterServices) {
    this.#realm = realm;
    this.#services = services;
    this.uri = realm.uri;
    this.number = realmNumber(realm.uri);
    this.ids = new HashedIds(realm.uri);
    const { clock, linger } = services;
    this.#channel = new RealmChannel(this.number, services, (node) => this.#serves(node));
    this.#barriers = new Barriers(clock, this.#channel);
    this.#requests = new Requests(clock, this.#channel);
    const shared = { realm, own: this.#own, ids: this.ids, channel: this.#channel, barriers: this.#barriers };
    this.#interest = new RealmInterest({ ...shared, clock, linger });
    this.#registrations = new RealmRegistrations({ ...shared, services, requests: this.#requests, peers: this.peers });
    this.#disagreements = new Disagreements(realm, services.node);
    this.#frames = new RealmFrames(realm, {
      rules: (node, rules) => this.#disagreements.heard(node, rules),
      time: services.time,
      barriers: this.#barriers,
      requests: this.#requests,
      sync: (node) => this.#syncNode(node),
      verify: (uri, match) => this.claims.verify(uri, match),
      detached: (peer) => void this.#drop(peer),
    });
    this.sessions = new ClusterSessions(realm.sessions, this);
    this.subscriptions = new ClusterSubscriptions(realm.subscriptions, this.#interest.others, this);
  }

  /** The claims of this node to procedures. */
  get claims(): Claims {
    return this.#registrations.claims;
  }

  get uriRule(): UriRule {
    return this.#realm.uriRule;
  }

  async open(): Promise<void> {
    this.ids.open(await this.#services.started());
    for (const link of this.#services.links)
      if (link.up && !this.#services.refuses(link.node, this.uri)) void this.#sync(link, true);
    this.#services.opened(this.uri);
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
    const isKnown = this.#own.sessions.delete(session) || this.#own.described.delete(session);
    if (!isKnown) return;
    this.#channel.tell(FrameType.LEFT, (to) => writeDeparture(to, session, departure));
  }

  beforeSubscribe(wanted: WantedSubscription): Promise<void> | undefined {
    return this.#interest.wanted(wanted);
  }

  unsubscribed(subscription: Pick<SubscriptionInfo, "id">): void {
    this.#interest.unsubscribed(subscription);
  }

  isSubscribedElsewhere(id: Id): boolean {
    return this.#interest.others.get(id) !== undefined;
  }

  nodeKeys(id: Id): Iterable<string> {
    return this.#interest.others.nodeKeys(id);
  }

  beforeRegister(session: Peer, message: Register): Promise<RegistrationGrant> {
    return this.#registrations.grant(session, message);
  }

  unregistered(registration: Pick<RegistrationInfo, "id" | "uri" | "match">, session: SessionInfo): void {
    this.#registrations.ended(registration, session);
  }

  bequeath(plugin: string, inherit: Inherit): Bequest {
    return this.#bequests.of(plugin, inherit);
  }

  published(publication: Publication): void {
    const { options } = publication;
    const isRetained = options.retain === true;
    const { others } = this.#interest;
    if (others.size === 0 && !isRetained) return;
    const links = this.#channel.present();
    // All nodes keep what is retained, whether they want it now or not.
    const nodes = isRetained ? undefined : others.nodesFor(publication.topic);
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
    this.#channel.endStreams();
    this.#channel.tell(FrameType.DETACHED, () => {});
    const dropped = Array.from(this.peers.values(), (peer) => peer.drop());
    this.#interest.close();
    await Promise.all([...dropped, this.#registrations.close()]);
    this.peers.clear();
    this.#services.closed(this.number);
  }

  /** What was counted since the realm was attached. */
  get counts(): ClusterCounts {
    let bounces = this.#bounces;
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
    return this.#requests.ask(node, question, body);
  }

  // What the links tell.

  up(link: Link): void {
    if (this.#services.refuses(link.node, this.uri)) this.drop(link.node);
    else if (this.ids.isOpen) void this.#sync(link, false);
  }

  down(node: NodeId, reason: string): void {
    this.#barriers.lost(node);
    this.#requests.lost(node);
    this.peers.get(node)?.lost(reason);
  }

  /** A node inherits from this one from now on. */
  async entrust(link: Link): Promise<void> {
    if (!this.ids.isOpen || !this.#serves(link.node)) return;
    await this.#sync(link, false);
    await this.#barriers.raise([link]);
  }

  /** A process of a node is over. @param isHeir - whether this node does what that one has bequeathed. */
  ended(node: NodeId, isHeir: boolean): void {
    const peer = this.peers.get(node);
    // After what the node has said before.
    void peer?.gate.run(() => {
      const kept = peer.bequests.take();
      if (!isHeir) return undefined;
      return inTurns(this.#realm.clock, BEQUESTS_PER_TURN, kept, (one) => this.#bequests.inherit(one));
    });
  }

  /** A node is dead, or was silent for too long: what it had is taken out. */
  drop(node: NodeId): void {
    const peer = this.peers.get(node);
    void peer?.gate.run(() => this.#drop(peer));
  }

  async #drop(peer: PeerRealm): Promise<void> {
    const { node } = peer;
    this.#disagreements.left(node);
    const dropped = peer.drop();
    // What it published last may have reached some nodes and not others.
    for (const link of this.#channel.present()) void this.#channel.stream(link, this.#lately());
    await dropped;
    if (this.#services.links.get(node) !== undefined || this.peers.get(node) !== peer) return;
    this.#bounces += peer.calls.bounces;
    this.peers.delete(node);
  }

  *#lately(): Iterable<UnwrittenFrame> {
    const since = this.now() - RECENT;
    for (const event of this.#realm.retained())
      if (event.published >= since) yield { type: FrameType.RETAINED, write: (to) => writeEvent(to, event, false) };
  }

  frame(link: Link, type: number, body: ByteReader): Promise<void> | undefined {
    const { node, life } = link;
    if (!this.ids.isOpen || this.#detached || this.#services.refuses(node, this.uri)) return undefined;
    const peer = this.peer(node);
    return peer.gate.run(() => {
      // Calls end with the link, also those that still wait here. What the node has said about itself counts.
      const isOver = isOfLink(type) && link.life !== life;
      return isOver ? undefined : this.#frames.read(peer, type, body);
    });
  }

  /** What this node knows of another one in this realm. */
  peer(node: NodeId): PeerRealm {
    const known = this.peers.get(node);
    if (known !== undefined) return known;
    const peer = new PeerRealm({
      node,
      realm: this.#realm,
      channel: this.#channel,
      perTurn: this.#services.perTurn,
      own: this.#own,
      registrationId: ({ uri, match }) => this.ids.registration(uri, match),
      revoke: (target, session, registration, reason) =>
        this.ask(target, "revokeCallee", { registration, session, ...(reason === undefined ? {} : { reason }) }).then(
          (answer) => answer === true,
        ),
      calleeAdded: (registration, id) => this.#registrations.contest(registration, id),
      interestSet: (interest) => this.#interest.set(node, interest, peer.find(interest.session)),
      interestDeleted: (id) => this.#interest.delete(node, id, (session) => peer.find(session)),
    });
    this.peers.set(node, peer);
    return peer;
  }

  #serves(node: NodeId): boolean {
    return this.peers.get(node)?.present === true || this.#services.serves(node, this.uri);
  }

  #syncNode(node: NodeId): void {
    const link = this.#services.links.get(node);
    if (link?.up === true) void this.#sync(link, false);
  }

  /** Tells a node everything about this one. */
  #sync(link: Link, answer: boolean): Promise<void> {
    const bequests = link.node === this.#services.heir() ? this.#bequests : undefined;
    const [realm, own, leaving] = [this.#realm, this.#own, this.#leaving];
    return this.#channel.stream(link, snapshot({ realm, own, bequests, leaving, answer }));
  }

  #sendToHeir(write: (to: ByteWriter) => void): Promise<void> | undefined {
    const links = this.#channel.present().filter(({ node }) => node === this.#services.heir());
    this.#channel.send(links, FrameType.BEQUEST, "necessary", write);
    return this.#barriers.raise(links);
  }
}
