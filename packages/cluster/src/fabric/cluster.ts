import { ConfigError, systemClock, type Clock, type Uri } from "@kreuz/codec";
import { silentLogger, type Fabric, type FabricRealm, type Logger, type Meter, type RealmFabric } from "@kreuz/router";
import { isNodeName, type Bus, type NodeId } from "../bus.js";
import { DEFAULT_LINK_SETTINGS, type LinkSettings } from "../link/link-settings.js";
import type { Link, LinkHandler } from "../link/link.js";
import { Links } from "../link/links.js";
import {
  DEFAULT_MEMBERSHIP_SETTINGS,
  Membership,
  type MembershipSettings,
  type Predecessor,
} from "../membership/membership.js";
import type { WhenIsolated } from "../claims/claims.js";
import type { Referee } from "../referee.js";
import { HybridClock } from "../replica/hybrid-clock.js";
import { IdKey } from "../replica/id-key.js";
import { wait } from "../wait.js";
import type { ByteReader } from "../wire/byte-reader.js";
import { readRecord, writeRecord } from "../wire/record.js";
import { measureCluster } from "./measure-cluster.js";
import type { ClusterCounts, LinkState } from "./cluster-state.js";
import { ClusterRealm } from "./cluster-realm.js";
import type { ClusterServices } from "./cluster-services.js";
import { Inheritance } from "./inheritance.js";
import { UriRules } from "./uri-rules.js";

/** What a node of a cluster is made of. */
export interface ClusterOptions {
  /** The name of this node, which no other one of the cluster has. */
  readonly node: NodeId;
  /** The cluster ends it. */
  readonly bus: Bus;
  /** The cluster ends it. */
  readonly referee: Referee;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Random bytes that cannot be guessed. Default: the platform's. */
  readonly randomBytes?: (length: number) => Uint8Array;
  /** Calls back at the end of the current turn of the event loop, when all that came in it was handled. */
  readonly endOfTurn?: (callback: () => void) => void;
  /** Interest that ended is withdrawn so much later, in milliseconds: it often comes back. Default 2000. */
  readonly linger?: number;
  /** What becomes of new registrations while the referee cannot be reached. Default `refuse`. */
  readonly whenIsolated?: WhenIsolated;
  readonly links?: Partial<LinkSettings>;
  readonly membership?: Partial<MembershipSettings>;
}

/** What the referee could not be asked is asked again so much later, in milliseconds. */
const RETRY = 500;
const CUT_OFF = "the connection to the message bus of the cluster is lost: this node serves its own sessions only";

/** A router that serves its realms together with those of other nodes: the `fabric` of a router. */
export class Cluster implements Fabric, LinkHandler {
  readonly node: NodeId;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #referee: Referee;
  readonly #links: Links;
  readonly #membership: Membership;
  readonly #services: ClusterServices;
  readonly #idKey: IdKey;
  readonly #uriRules: UriRules;
  readonly #inheritance: Inheritance;
  readonly #realms = new Map<number, ClusterRealm>();
  /** The realms that other nodes serve. */
  readonly #served = new Map<NodeId, ReadonlySet<Uri>>();
  readonly #randomBytes: (length: number) => Uint8Array;
  readonly #process: string;
  #starting: Promise<Uint8Array> | undefined;
  #claimed: (seconds: number) => void = () => {};
  #closed = false;
  #mustAssert = false;
  #asserting = false;

  constructor(options: ClusterOptions) {
    const { node, bus, referee, clock = systemClock, logger = silentLogger } = options;
    if (!isNodeName(node))
      throw new ConfigError(
        "cluster.node",
        `expected 1 to 64 letters, digits, "-" and "_", got "${node.slice(0, 80)}"`,
      );
    this.node = node;
    this.#clock = clock;
    this.#logger = logger;
    this.#referee = referee;
    this.#randomBytes = options.randomBytes ?? ((length) => crypto.getRandomValues(new Uint8Array(length)));
    this.#links = new Links({
      node,
      bus,
      clock,
      logger,
      settings: { ...DEFAULT_LINK_SETTINGS, ...options.links },
      handler: this,
      endOfTurn: options.endOfTurn ?? afterTurn,
      outlived: (incarnation) => void this.#membership.renew(incarnation),
    });
    this.#process = Array.from(this.#randomBytes(8), (byte) => byte.toString(16).padStart(2, "0")).join("");
    const settings = { ...DEFAULT_MEMBERSHIP_SETTINGS, ...options.membership };
    this.#membership = new Membership({
      node,
      process: this.#process,
      referee,
      clock,
      logger,
      settings,
      handler: {
        members: this.#links,
        found: (name) => this.#links.greet(name),
        died: (name, incarnation, heir) => this.#died(name, incarnation, heir),
        lost: (name) => this.#each((realm) => realm.drop(name)),
        renewed: (incarnation) => this.#renewed(incarnation),
        forgotten: () => void this.#assert(),
      },
    });
    const { beat } = settings;
    this.#idKey = new IdKey({ node, referee, clock, logger, beat, randomBytes: this.#randomBytes });
    this.#uriRules = new UriRules(node, logger);
    this.#inheritance = new Inheritance({
      node,
      links: this.#links,
      membership: this.#membership,
      realms: this.#realms,
    });
    this.#services = this.#makeServices(options);
  }

  /** The links to other nodes. */
  get links(): readonly LinkState[] {
    return Array.from(this.#links, (link) => {
      const { node, up, counts, incompatible } = link;
      return { node, up, ...counts, problem: incompatible };
    });
  }

  /** What keeps this node from working with the others, for people. */
  get problems(): readonly string[] {
    const isCutOff = this.#starting !== undefined && !this.#links.connected;
    return [
      ...Array.from(this.#links, ({ incompatible }) => incompatible),
      this.#membership.problem,
      ...this.#uriRules.problems,
      this.#idKey.problem,
      isCutOff ? CUT_OFF : undefined,
    ].filter((problem) => problem !== undefined);
  }

  /** Whether the referee answered when it was asked last. */
  get refereeReachable(): boolean {
    return this.#membership.refereeReachable;
  }

  /** What other nodes have different from this one, and works nevertheless, for people. */
  get warnings(): readonly string[] {
    return [...this.#realms.values()].flatMap(({ warnings }) => warnings);
  }

  /** What this node has counted, all realms together. */
  get counts(): ClusterCounts {
    let [bounces, eventsDropped] = [0, 0];
    for (const { counts } of this.#realms.values()) {
      bounces += counts.bounces;
      eventsDropped += counts.eventsDropped;
    }
    return { bounces, eventsDropped };
  }

  /** Measures the cluster, in the metrics of a plugin. */
  measure(meter: Meter): void {
    this.#claimed = measureCluster(this, meter);
  }

  /** @internal */
  realm(uri: Uri): ClusterRealm | undefined {
    return [...this.#realms.values()].find((realm) => realm.uri === uri);
  }

  attach(realm: FabricRealm): RealmFabric {
    const attached = new ClusterRealm(realm, this.#services);
    if (this.#realms.has(attached.number))
      throw new ConfigError("realms", `realm "${realm.uri}" has the same number as another one; give it another URI`);
    this.#realms.set(attached.number, attached);
    return attached;
  }

  /**
   * Whoever runs the processes of the nodes has seen that one ended, and has said so by {@link declareDead}: what it had leaves
   * at once.
   *
   * @param incarnation - what `declareDead` has returned. A later one is left alone.
   */
  declaredDead(node: NodeId, incarnation: number): void {
    if (!this.#closed) void this.#membership.declaredDead(node, incarnation);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#idKey.close();
    await this.#membership.stop();
    await this.#links.close("this node was closed");
    await this.#referee.close();
  }

  // What the links ask and tell.

  about(): Uint8Array {
    const realms = [...this.#realms.values()];
    return writeRecord({
      realms: realms.map(({ uri }) => uri),
      process: this.#process,
      before: this.#membership.predecessor,
      uriRules: Object.fromEntries(realms.map(({ uri, uriRule }) => [uri, uriRule])),
    });
  }

  up(link: Link): void {
    const { realms, uriRules, process, before } = readRecord(link.about ?? new Uint8Array(0)) ?? {};
    this.#uriRules.heard(link.node, uriRules, this.#realms.values());
    const isAnother = this.#inheritance.met(link.node, process, before as Predecessor | undefined);
    const served = (Array.isArray(realms) ? realms.map(String) : []).filter(
      (uri) => !this.#uriRules.refuse(link.node, uri),
    );
    this.#served.set(link.node, new Set(served));
    this.#logger.info({ node: link.node }, "the link to another node of the cluster is up");
    if (!this.#closed) this.#inheritance.choose();
    this.#each((realm) => realm.up(link));
    // It does not know of its claims if the referee has forgotten that there was a process before it.
    if (isAnother) this.#tidyAfter(link.node);
    // While the node could not be reached, it may have taken over what this one holds, and given it up again.
    if (link.counts.resets > 0) void this.#assert();
  }

  down({ node }: Link, reason: string): void {
    if (!this.#closed) this.#logger.warn({ node, reason }, "the link to another node of the cluster is down");
    this.#each((realm) => realm.down(node, reason));
    if (!this.#closed) this.#inheritance.choose();
  }

  /** @throws WireError when the frame makes no sense. */
  frame(link: Link, type: number, body: ByteReader): Promise<void> | undefined {
    return this.#realms.get(body.number())?.frame(link, type, body);
  }

  #makeServices({ linger = 2000, whenIsolated = "refuse", links }: ClusterOptions): ClusterServices {
    return {
      node: this.node,
      referee: this.#referee,
      links: this.#links,
      clock: this.#clock,
      time: new HybridClock(() => this.#clock.now()),
      perTurn: links?.perTurn ?? DEFAULT_LINK_SETTINGS.perTurn,
      linger,
      whenIsolated,
      random: () => new DataView(this.#randomBytes(4).buffer).getUint32(0) / 2 ** 32,
      self: () => ({ node: this.node, incarnation: this.#membership.incarnation }),
      isDead: ({ node, incarnation }) => this.#membership.isDead(node, incarnation),
      serves: (node, realm) => this.#served.get(node)?.has(realm) === true,
      refuses: (node, realm) => this.#uriRules.refuse(node, realm),
      heir: () => this.#inheritance.heir,
      claimed: (seconds) => this.#claimed(seconds),
      opened: (uri) => {
        const realm = this.realm(uri);
        if (this.#membership.succeeds && realm !== undefined) void this.#sweep(realm);
      },
      started: () => (this.#starting ??= this.#start()),
      closed: (number) => void this.#realms.delete(number),
    };
  }

  /** All nodes need the same key before they can give ids, so this waits for the referee. */
  async #start(): Promise<Uint8Array> {
    const idKey = await this.#idKey.find();
    const incarnation = await this.#membership.start();
    await this.#links.open(incarnation);
    await this.#membership.look();
    return idKey;
  }

  #died(node: NodeId, incarnation: number, heir: NodeId | undefined): void {
    this.#inheritance.died(node, heir);
    this.#links.forget(node, incarnation, "the node was declared dead");
    this.#uriRules.left(node);
    this.#served.delete(node);
    this.#each((realm) => realm.drop(node));
    this.#tidyAfter(node);
    // It may have taken over what this node holds, and given it up again, while nobody heard it.
    void this.#assert();
  }

  /** One node is enough to tidy up; if it dies as well, whoever registers next finds the claims void. */
  #tidyAfter(node: NodeId): void {
    const isLowest = [...this.#links].every((link) => !link.up || link.node === node || this.node < link.node);
    if (isLowest) this.#each((realm) => void this.#sweep(realm));
  }

  /** Takes the dead out of the claims, as soon as the referee can be reached for long enough. */
  async #sweep(realm: ClusterRealm): Promise<void> {
    while (!this.#closed && this.#realms.get(realm.number) === realm)
      try {
        return await realm.claims.sweep();
      } catch {
        await wait(this.#clock, RETRY);
      }
  }

  #renewed(incarnation: number): void {
    this.#links.renew(incarnation);
    void this.#assert();
  }

  /** Writes again what this node holds. Asked for again meanwhile, it does so once more afterwards. */
  async #assert(): Promise<void> {
    this.#mustAssert = true;
    if (this.#asserting || this.#starting === undefined) return;
    this.#asserting = true;
    await this.#starting.catch(() => {});
    while (this.#mustAssert && !this.#closed) {
      this.#mustAssert = false;
      await this.#idKey.assert();
      for (const realm of [...this.#realms.values()]) await realm.claims.assertAll();
    }
    this.#asserting = false;
  }

  #each(action: (realm: ClusterRealm) => void): void {
    for (const realm of [...this.#realms.values()]) action(realm);
  }
}

/** What Node adds to the standard. */
const { setImmediate } = globalThis as { readonly setImmediate?: (callback: () => void) => void };

/** Where the platform cannot call back at the end of a turn, the end of the present callback has to do. */
function afterTurn(callback: () => void): void {
  if (setImmediate === undefined) queueMicrotask(callback);
  else setImmediate(callback);
}
