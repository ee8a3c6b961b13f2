import type { Clock } from "@kreuz/codec";
import type { Logger } from "@kreuz/router";
import type { NodeId } from "../bus.js";
import type { Referee, Revision } from "../referee.js";
import { nodeKey, readNode, writeNode, type NodeRecord } from "./node-record.js";

/** How patient the members of a cluster are with each other. Durations in milliseconds. */
export interface MembershipSettings {
  /** Each node says so often to the referee that it lives. */
  readonly beat: number;
  /** A node that was silent for so long may be declared dead. */
  readonly silence: number;
  /** Its record must not change for so long before it is. */
  readonly doubt: number;
  /** When the referee cannot be reached, the sessions of a silent node are kept for so long. */
  readonly grace: number;
}

export const DEFAULT_MEMBERSHIP_SETTINGS: MembershipSettings = {
  beat: 1000,
  silence: 5000,
  doubt: 2500,
  grace: 30_000,
};

/** A node that this one has a link to, as it is now. */
export interface Member {
  readonly node: NodeId;
  /** The incarnation that was last heard of; 0 for one that was never heard. */
  readonly incarnation: number;
  /** For how long nothing came from it, in milliseconds. */
  readonly silence: number;
}

/** The nodes that this one has a link to. */
export interface Members extends Iterable<Member> {
  get(node: NodeId): Member | undefined;
}

/** Who is told of what happens to the members. */
export interface MembershipHandler {
  readonly members: Members;
  /** A node has a record: a link to it is wanted. */
  found(node: NodeId): void;
  /** A node was declared dead: nothing of this incarnation is listened to any more. */
  died(node: NodeId, incarnation: number, heir: NodeId | undefined): void;
  /** A node is silent and nobody can tell whether it lives. What it had is dropped; it may come back. */
  lost(node: NodeId): void;
  /** This node goes on under another incarnation, for example because it was declared dead. */
  renewed(incarnation: number): void;
  /** The referee has lost what was written. */
  forgotten(): void;
}

export interface MembershipOptions {
  readonly node: NodeId;
  /** A random text that names this process. */
  readonly process: string;
  readonly referee: Referee;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: MembershipSettings;
  readonly handler: MembershipHandler;
}

/** A process that had the name of a node before another one. */
export type Predecessor = Pick<NodeRecord, "process" | "heir">;

/** A record, and since when it has not changed, as far as this node has seen. */
interface SeenRecord {
  readonly revision: Revision | "absent";
  readonly since: number;
}

/** So many beats pass between two looks at who has a record. */
const BEATS_PER_LOOK = 5;
/** The record of a dead node is deleted so much later, in milliseconds: its name may never come again. */
const KEEP_DEAD = 3_600_000;

/**
 * Who belongs to the cluster. Each node rewrites its record each beat. A node that is silent on its link, and whose record
 * stands still, is declared dead by whoever notices first, by writing so into its record.
 */
export class Membership {
  readonly #options: MembershipOptions;
  /** The records of silent nodes. */
  readonly #doubts = new Map<NodeId, SeenRecord>();
  readonly #lost = new Set<NodeId>();
  /** The records of dead nodes, by their keys. */
  #graves: ReadonlyMap<string, SeenRecord> = new Map();
  #incarnation = 0;
  #revision: Revision | "absent" = "absent";
  #beats = 0;
  #beating = false;
  /** Whether there is something to write that came while the last beat was under way. */
  #beatAgain = false;
  #awaySince: number | undefined;
  #usurped = false;
  #heir: NodeId | undefined;
  #predecessor: Predecessor | undefined;
  #stopped = false;
  #succeeds = false;
  #cancel = (): void => {};

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  get incarnation(): number {
    return this.#incarnation;
  }

  /** The process that had the name of this node before. */
  get predecessor(): Predecessor | undefined {
    return this.#predecessor;
  }

  /** Names the node that does what this one has bequeathed, once it is dead. */
  set heir(heir: NodeId | undefined) {
    this.#heir = heir;
    if (this.#incarnation === 0) return;
    if (this.#beating) this.#beatAgain = true;
    else void this.#beat();
  }

  /** What keeps this node from being a member like any other, for people. */
  get problem(): string | undefined {
    const { node } = this.#options;
    if (this.#usurped)
      return `another process runs as node "${node}" and has started later; give each node a name of its own, then restart this one`;
    if (this.refereeReachable) return undefined;
    return "the referee of the cluster cannot be reached: new procedures cannot be registered, and nodes cannot be declared dead";
  }

  /** Whether the referee answered when it was asked last. */
  get refereeReachable(): boolean {
    return this.#awaySince === undefined;
  }

  /** Whether there was an earlier process of this name: what it claimed may still be claimed. */
  get succeeds(): boolean {
    return this.#succeeds;
  }

  /** Takes the next incarnation. Without a referee, it takes one by the clock. */
  async start(): Promise<number> {
    await this.#attempt(() => this.#takeOver());
    if (this.#incarnation === 0) this.#incarnation = this.#next(0);
    this.#later();
    return this.#incarnation;
  }

  /** Looks who else has a record, and deletes those of nodes that are dead for long. Done now and then by itself. */
  async look(): Promise<void> {
    const { referee, handler, node, clock } = this.#options;
    await this.#attempt(async () => {
      const graves = new Map<string, SeenRecord>();
      for await (const key of referee.keys("node")) {
        const name = key.slice("node.".length);
        if (name === node) continue;
        const known = await referee.read(key);
        const record = readNode(known?.value);
        if (known === undefined || record === undefined || this.#stopped) continue;
        if (!record.dead) handler.found(name);
        else graves.set(key, this.#seen(this.#graves.get(key), known.revision));
      }
      this.#graves = graves;
      for (const [key, { revision, since }] of graves)
        if (clock.monotonic() - since >= KEEP_DEAD) await referee.write(key, undefined, revision);
    });
  }

  /** @returns what was known of a record, or from now on if it has changed. */
  #seen(before: SeenRecord | undefined, revision: Revision | "absent"): SeenRecord {
    return before?.revision === revision ? before : { revision, since: this.#options.clock.monotonic() };
  }

  /** Goes on as an incarnation after this one. */
  async renew(after: number): Promise<void> {
    this.#incarnation = this.#next(after);
    this.#options.handler.renewed(this.#incarnation);
    await this.#attempt(() => this.#write(false));
  }

  /** Whether an incarnation of a node is over. A rejection means that nobody can tell. */
  async isDead(node: NodeId, incarnation: number): Promise<boolean> {
    if (node === this.#options.node) return incarnation !== this.#incarnation;
    const member = this.#options.handler.members.get(node);
    if (member !== undefined && member.incarnation > 0) {
      if (member.incarnation !== incarnation) return member.incarnation > incarnation;
      if (member.silence < this.#options.settings.silence) return false;
    }
    const record = readNode((await this.#options.referee.read(nodeKey(node)))?.value);
    return (
      record === undefined || record.incarnation > incarnation || (record.incarnation === incarnation && record.dead)
    );
  }

  /** Somebody who can tell says that an incarnation of a node is over. */
  async declaredDead(node: NodeId, incarnation: number): Promise<void> {
    let heir: NodeId | undefined;
    // Without a referee, nobody inherits: it might be two.
    await this.#attempt(async () => {
      const record = readNode((await this.#options.referee.read(nodeKey(node)))?.value);
      heir = record?.incarnation === incarnation ? record.heir : undefined;
    });
    this.#died(node, incarnation, heir);
  }

  /** Leaves: says that this incarnation is over. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    if (this.#incarnation > 0 && !this.#usurped) await this.#attempt(() => this.#write(true));
  }

  #next(after: number): number {
    return Math.max(after + 1, this.#incarnation + 1, Math.floor(this.#options.clock.now() / 1000));
  }

  #later(): void {
    const { clock, settings } = this.#options;
    this.#cancel = clock.schedule(settings.beat, () => {
      this.#later();
      if (!this.#beating) void this.#beat();
    });
  }

  async #beat(): Promise<void> {
    if (this.#stopped) return;
    this.#beating = true;
    this.#beatAgain = false;
    try {
      await this.#attempt(() => this.#write(false));
      if (this.#beats++ % BEATS_PER_LOOK === 0 && this.#awaySince === undefined) await this.look();
      for (const { node } of [...this.#options.handler.members]) await this.#judge(node);
    } finally {
      this.#beating = false;
      if (this.#beatAgain) void this.#beat();
    }
  }

  /** Writes the own record, and learns from it what others think of this node. */
  async #write(dead: boolean): Promise<void> {
    if (this.#usurped) return;
    const { referee, node, process } = this.#options;
    const record: NodeRecord = { incarnation: this.#incarnation, process, beat: this.#beats, dead, heir: this.#heir };
    const outcome = await referee.write(nodeKey(node), writeNode(record), this.#revision);
    if (outcome === "conflict") return this.#contradicted();
    this.#revision = outcome;
  }

  async #takeOver(): Promise<void> {
    const { referee, node } = this.#options;
    for (let written = false; !written;) {
      const known = await referee.read(nodeKey(node));
      const before = readNode(known?.value);
      this.#succeeds ||= before !== undefined && before.process !== this.#options.process;
      this.#incarnation = this.#next(before?.incarnation ?? 0);
      this.#predecessor = before;
      this.#revision = known?.revision ?? "absent";
      const { process } = this.#options;
      const record = { incarnation: this.#incarnation, process, beat: 0, dead: false };
      const outcome = await referee.write(nodeKey(node), writeNode(record), this.#revision);
      written = outcome !== "conflict";
      if (outcome !== "conflict") this.#revision = outcome;
    }
  }

  async #contradicted(): Promise<void> {
    const { referee, node, process, handler, logger } = this.#options;
    const known = await referee.read(nodeKey(node));
    this.#revision = known?.revision ?? "absent";
    const record = readNode(known?.value);
    if (record === undefined) {
      logger.warn(
        { node },
        "the referee of the cluster has lost what was written: this node writes again what it holds",
      );
      await this.#write(false);
      handler.forgotten();
    } else if (record.process !== process && record.incarnation > this.#incarnation) {
      this.#usurped = true;
      logger.error({ node }, this.problem!);
    } else if (record.dead && record.incarnation >= this.#incarnation) {
      logger.warn({ node }, "this node was declared dead, because it was silent for too long; it goes on as a new one");
      await this.renew(record.incarnation);
    }
    // Otherwise it is an own write whose answer was lost.
  }

  /** Looks whether a silent node lives. It may be heard again whenever the referee is waited for. */
  async #judge(node: NodeId): Promise<void> {
    const { settings, clock } = this.#options;
    if (this.#silenceOf(node) < settings.silence - settings.doubt) {
      this.#doubts.delete(node);
      this.#lost.delete(node);
      return;
    }
    // Each question to a referee that is away takes its time.
    if (this.#awaySince === undefined) await this.#attempt(() => this.#doubt(node));
    const away = this.#awaySince === undefined ? 0 : clock.monotonic() - this.#awaySince;
    if (Math.min(away, this.#silenceOf(node)) >= settings.grace && !this.#lost.has(node)) {
      this.#lost.add(node);
      this.#options.handler.lost(node);
    }
  }

  #silenceOf(node: NodeId): number {
    return this.#options.handler.members.get(node)?.silence ?? 0;
  }

  async #doubt(node: NodeId): Promise<void> {
    const { settings, referee, clock, handler } = this.#options;
    const known = await referee.read(nodeKey(node));
    const record = readNode(known?.value);
    const { incarnation = 0, silence = 0 } = handler.members.get(node) ?? {};
    // The value, not only the revision: the change may be that another node declared it dead.
    if (record?.dead === true && record.incarnation >= incarnation)
      return this.#died(node, record.incarnation, record.heir);
    const revision = known?.revision ?? "absent";
    const doubt = this.#seen(this.#doubts.get(node), revision);
    this.#doubts.set(node, doubt);
    const isSure = silence >= settings.silence && clock.monotonic() - doubt.since >= settings.doubt;
    if (!isSure) return undefined;
    // A node that died at once after it had become a new incarnation has told that to its peers alone.
    const latest = Math.max(incarnation, record?.incarnation ?? 0);
    const verdict = { process: "", beat: 0, ...record, incarnation: latest, dead: true };
    const outcome = await referee.write(nodeKey(node), writeNode(verdict), revision);
    if (outcome === "conflict") return this.#doubt(node);
    return this.#died(node, verdict.incarnation, record?.heir);
  }

  #died(node: NodeId, incarnation: number, heir: NodeId | undefined): void {
    this.#doubts.delete(node);
    this.#lost.delete(node);
    // While the referee was asked, it may have come back as the next one, which says itself what it has.
    const member = this.#options.handler.members.get(node);
    if (member === undefined || member.incarnation > incarnation) return;
    this.#options.logger.warn({ node, incarnation }, "a node of the cluster is dead: what it had is taken out");
    this.#options.handler.died(node, incarnation, heir);
  }

  /** Asks the referee, and notes whether it can be reached. */
  async #attempt(action: () => Promise<void>): Promise<void> {
    const { logger, clock, handler } = this.#options;
    try {
      await action();
    } catch (error) {
      if (this.#awaySince === undefined) logger.warn({ error }, "the referee of the cluster cannot be reached");
      this.#awaySince ??= clock.monotonic();
      return;
    }
    if (this.#awaySince === undefined) return;
    this.#awaySince = undefined;
    logger.info({}, "the referee of the cluster can be reached again");
    handler.forgotten();
  }
}
