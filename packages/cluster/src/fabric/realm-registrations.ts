import { ErrorUri, WampError, type Id, type MatchPolicy, type Register, type Uri } from "@kreuz/codec";
import type {
  FabricRealm,
  Peer,
  RegistrationGrant,
  RegistrationInfo,
  RemoteRegistration,
  SessionInfo,
} from "@kreuz/router";
import type { NodeId } from "../bus.js";
import { Claims, type Wanted } from "../claims/claims.js";
import type { HashedIds } from "../replica/ids.js";
import type { Barriers } from "./barriers.js";
import type { ClusterServices } from "./cluster-services.js";
import { FrameType } from "./frames.js";
import type { AnnouncedCallee, OwnState } from "./own-state.js";
import type { PeerRealm } from "./peer-realm.js";
import type { RealmChannel } from "./realm-channel.js";
import type { Requests } from "./requests.js";
import { writeCallee } from "./snapshot.js";

export interface RealmRegistrationsOptions {
  readonly realm: FabricRealm;
  readonly services: ClusterServices;
  readonly own: OwnState;
  readonly ids: HashedIds;
  readonly channel: RealmChannel;
  readonly barriers: Barriers;
  readonly requests: Requests;
  readonly peers: ReadonlyMap<NodeId, PeerRealm>;
}

/** What cannot be done yet is tried again so much later, in milliseconds. */
const PACE = 20;

const TAKEN_OVER = "a callee of another node took over the procedure with force_reregister";
const LOST = "another node of the cluster has the procedure";

/** What sessions of this node register in one realm: each procedure is claimed, then announced; and revoked when it is lost. */
export class RealmRegistrations {
  readonly claims: Claims;
  readonly #options: RealmRegistrationsOptions;
  /** What sessions wait for that are about to register. */
  readonly #granting = new Set<Promise<RegistrationGrant>>();
  #closed = false;

  constructor(options: RealmRegistrationsOptions) {
    this.#options = options;
    const { realm, ids } = options;
    const { referee, clock, random, self, isDead, whenIsolated } = options.services;
    const prefix = (): string => `r${ids.realm.toString(36)}.reg`;
    this.claims = new Claims({
      prefix,
      key: (uri, match) => `${prefix()}.${ids.registration(uri, match).toString(36)}`,
      logger: realm.logger,
      referee,
      clock,
      random,
      self,
      isDead,
      now: () => clock.now(),
      whenIsolated,
      remind: (uri, match) => this.#remind(uri, match),
      lost: (uri, match) => this.#revokeAll(ids.registration(uri, match)),
    });
  }

  /** A session is about to register. @throws WampError as a rejection: another node has the procedure, or nobody can tell. */
  grant(session: Peer, message: Register): Promise<RegistrationGrant> {
    const grant = this.#grant(session, message);
    this.#granting.add(grant);
    const forget = (): void => void this.#granting.delete(grant);
    grant.then(forget, forget);
    return grant;
  }

  async #grant(session: Peer, { procedure: uri, options }: Register): Promise<RegistrationGrant> {
    const { services, ids, own, channel, barriers } = this.#options;
    const { match = "exact", invoke = "single", force_reregister: force = false } = options;
    const created = await this.#claim({ uri, match, invoke, force });
    if (this.#closed) return this.#giveBack(uri, match);
    const rank = `${services.time.now().toString(16).padStart(14, "0")} ${services.node} ${session.id}`;
    const value: RemoteRegistration = { uri, match, options, created, rank };
    const registration = ids.registration(uri, match);
    const callee = { session: session.id, info: session.info, features: session.features, registration, value };
    own.addCallee(callee);
    // A node that took the procedure over while this one heard of its claim has told that already.
    const isContested = [...this.#options.peers.values()].some((peer) => peer.excludes(registration, created, invoke));
    if (isContested) void this.claims.verify(uri, match);
    channel.tell(FrameType.CALLEE, (to) => writeCallee(to, callee, own));
    return { rank, created, known: barriers.raise() };
  }

  async #claim(wanted: Wanted): Promise<number> {
    const { clock, claimed } = this.#options.services;
    const start = clock.monotonic();
    try {
      return await this.claims.acquire(wanted);
    } finally {
      claimed((clock.monotonic() - start) / 1000);
    }
  }

  /** This node left meanwhile. It may have taken the procedure from another node, which has not heard of that yet. */
  async #giveBack(uri: Uri, match: MatchPolicy): Promise<never> {
    const { channel, requests } = this.#options;
    this.claims.release(uri, match);
    await this.claims.settled();
    for (const { node } of channel.present()) void requests.ask(node, "verify", { uri, match }).catch(() => {});
    throw new WampError(ErrorUri.NETWORK_FAILURE, "this node leaves the realm");
  }

  /** A session gave a registration up, lost it, or left before it had it. */
  ended({ id, uri, match }: Pick<RegistrationInfo, "id" | "uri" | "match">, { session }: SessionInfo): void {
    const { own, channel } = this.#options;
    if (!own.deleteCallee(id, session)) return;
    channel.tell(FrameType.NO_CALLEE, (to) => {
      to.number(session);
      to.number(id);
    });
    this.claims.release(uri, match);
  }

  /** This node leaves the realm. Settles when its claims are given up, and all sessions have an answer. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.claims.settled();
    await Promise.allSettled(this.#granting);
  }

  /** Another node has a callee: if it came from another claim than the callees here, one of the two nodes has lost the URI. */
  contest({ uri, match, created, options }: RemoteRegistration, id: Id): void {
    const own = this.#options.own.calleesOf(id);
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
    const { ids, peers, requests } = this.#options;
    const id = ids.registration(uri, match);
    const holders = [...peers.values()].filter((peer) => peer.up && peer.hasCallee(id));
    await Promise.allSettled(holders.map(({ node }) => requests.ask(node, "verify", { uri, match })));
  }

  /** Revokes a callee of this node, which may still wait until all nodes know of it. */
  #revoke(callee: AnnouncedCallee, reason: string): void {
    const { own, realm, services } = this.#options;
    const { registration, session } = callee;
    if (own.calleesOf(registration)?.get(session) !== callee) return;
    if (realm.revokeCallee(registration, session, reason, "end")) return;
    services.clock.schedule(PACE, () => this.#revoke(callee, reason));
  }

  #revokeAll(registration: Id): void {
    const { own, peers } = this.#options;
    for (const callee of [...(own.calleesOf(registration)?.values() ?? [])]) this.#revoke(callee, LOST);
    for (const peer of peers.values()) peer.restoreCallees(registration);
  }
}
