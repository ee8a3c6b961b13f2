import { ConfigError, systemClock, type Clock, type Uri } from "@kreuz/codec";
import { silentLogger, type Fabric, type FabricRealm, type Logger, type RealmFabric } from "@kreuz/router";
import { isNodeName, type Bus, type NodeId } from "../bus.js";
import { DEFAULT_LINK_SETTINGS, type LinkSettings } from "../link/link-settings.js";
import type { Link, LinkHandler } from "../link/link.js";
import { incarnationOf, Links } from "../link/links.js";
import { DEFAULT_MEMBERSHIP_SETTINGS, Membership, type MembershipSettings } from "../membership/membership.js";
import type { Referee } from "../referee.js";
import { HybridClock } from "../replica/hybrid-clock.js";
import { ID_KEY_BYTES } from "../replica/ids.js";
import type { ByteReader } from "../wire/byte-reader.js";
import { readRecord, writeRecord } from "../wire/record.js";
import { ClusterRealm, type ClusterServices } from "./cluster-realm.js";

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
  readonly links?: Partial<LinkSettings>;
  readonly membership?: Partial<MembershipSettings>;
}

/** What a link to another node does now. */
export interface LinkState {
  readonly node: NodeId;
  readonly up: boolean;
  readonly resets: number;
  /** Events and calls that were not sent because the node did not keep up. */
  readonly refused: number;
  readonly inFlight: number;
  /** Why it cannot be up, if that is known. */
  readonly problem: string | undefined;
}

/** Where the key of all ids is kept. */
const ID_KEY = "cluster.ids";
const RETRY = 500;

/** A router that serves its realms together with those of other nodes: the `fabric` of a router. */
export class Cluster implements Fabric, LinkHandler {
  readonly node: NodeId;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #referee: Referee;
  readonly #links: Links;
  readonly #membership: Membership;
  readonly #services: ClusterServices;
  readonly #linger: number;
  readonly #realms = new Map<number, ClusterRealm>();
  readonly #served = new Map<NodeId, ReadonlySet<Uri>>();
  readonly #randomBytes: (length: number) => Uint8Array;
  #starting: Promise<{ readonly idKey: Uint8Array }> | undefined;
  #closed = false;

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
    this.#membership = new Membership({
      node,
      process: Array.from(this.#randomBytes(8), (byte) => byte.toString(16).padStart(2, "0")).join(""),
      referee,
      clock,
      logger,
      settings: { ...DEFAULT_MEMBERSHIP_SETTINGS, ...options.membership },
      handler: {
        members: () => this.#members(),
        found: (name) => this.#links.greet(name),
        died: (name, incarnation) => this.#died(name, incarnation),
        lost: (name) => this.#each((realm) => realm.drop(name)),
        renewed: (incarnation) => this.#renewed(incarnation),
        forgotten: () => void this.#assert(),
      },
    });
    this.#linger = options.linger ?? 2000;
    this.#services = this.#makeServices();
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
    const problems = [...this.#links].map(({ incompatible }) => incompatible).filter((text) => text !== undefined);
    const { problem } = this.#membership;
    if (problem !== undefined) problems.push(problem);
    if (this.#starting !== undefined && !this.#links.connected)
      problems.push("the connection to the message bus of the cluster is lost: this node serves its own sessions only");
    return problems;
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

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#membership.stop();
    await this.#links.close("this node was closed");
    await this.#referee.close();
  }

  // What the links ask and tell.

  about(): Uint8Array {
    return writeRecord({ realms: Array.from(this.#realms.values(), ({ uri }) => uri) });
  }

  up(link: Link): void {
    const realms = readRecord(link.about ?? new Uint8Array(0))?.["realms"];
    this.#served.set(link.node, new Set(Array.isArray(realms) ? realms.map(String) : []));
    this.#logger.info({ node: link.node }, "the link to another node of the cluster is up");
    this.#each((realm) => realm.up(link));
    // While the node could not be reached, it may have taken over what this one holds, and given it up again.
    if (link.counts.resets > 0) void this.#assert();
  }

  down({ node }: Link, reason: string): void {
    if (!this.#closed) this.#logger.warn({ node, reason }, "the link to another node of the cluster is down");
    this.#each((realm) => realm.down(node, reason));
  }

  /** @throws WireError when the frame makes no sense. */
  frame({ node }: Link, type: number, body: ByteReader): Promise<void> | undefined {
    return this.#realms.get(body.number())?.frame(node, type, body);
  }

  #makeServices(): ClusterServices {
    return {
      node: this.node,
      referee: this.#referee,
      links: this.#links,
      clock: this.#clock,
      time: new HybridClock(() => this.#clock.now()),
      linger: this.#linger,
      random: () => new DataView(this.#randomBytes(4).buffer).getUint32(0) / 2 ** 32,
      self: () => ({ node: this.node, incarnation: this.#membership.incarnation }),
      isDead: ({ node, incarnation }) => this.#membership.isDead(node, incarnation),
      serves: (node, realm) => this.#served.get(node)?.has(realm) === true,
      started: () => (this.#starting ??= this.#start()),
      closed: async (realm) => void this.#realms.delete(realm.number),
    };
  }

  async #start(): Promise<{ readonly idKey: Uint8Array }> {
    const idKey = await this.#findIdKey();
    const incarnation = await this.#membership.start();
    await this.#links.open(incarnation);
    await this.#membership.look();
    return { idKey };
  }

  /** All nodes need the same key before they can give ids, so this waits for the referee. */
  async #findIdKey(): Promise<Uint8Array> {
    for (let attempt = 0; !this.#closed; attempt++) {
      try {
        const known = await this.#referee.read(ID_KEY);
        if (known?.value.length === ID_KEY_BYTES) return known.value;
        const made = this.#randomBytes(ID_KEY_BYTES);
        if ((await this.#referee.write(ID_KEY, made, known?.revision ?? "absent")) !== "conflict") return made;
      } catch (error) {
        if (attempt === 0)
          this.#logger.warn({ error }, "this node waits for the referee of the cluster, and opens no realm before");
      }
      await new Promise<void>((resolve) => this.#clock.schedule(RETRY, resolve));
    }
    throw new Error("the cluster was closed before it started");
  }

  *#members(): Iterable<{ node: NodeId; incarnation: number; silence: number }> {
    for (const { node, peerEpoch, silence } of this.#links)
      yield { node, incarnation: incarnationOf(peerEpoch), silence };
  }

  #died(node: NodeId, incarnation: number): void {
    this.#links.forget(node, incarnation, "the node was declared dead");
    this.#each((realm) => realm.drop(node));
    // One node is enough to tidy up; if it dies as well, whoever registers next finds the claims void.
    const isLowest = [...this.#links].every(({ node: other, up }) => !up || this.node < other);
    if (isLowest) this.#each((realm) => void realm.claims.sweep().catch(() => {}));
  }

  #renewed(incarnation: number): void {
    this.#links.renew(incarnation);
    void this.#assert();
  }

  /** Writes again what this node holds. */
  async #assert(): Promise<void> {
    const { idKey } = (await this.#starting) ?? {};
    if (idKey === undefined || this.#closed) return;
    await this.#referee.write(ID_KEY, idKey, "absent").catch(() => {});
    for (const realm of [...this.#realms.values()]) await realm.claims.assertAll();
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
