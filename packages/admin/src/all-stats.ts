import type { Clock } from "@kreuz/codec";
import { type ProcedureCall, stringArgument } from "@kreuz/router";
import { CallArguments } from "./arguments.js";
import type { NodeNumbers, Stats } from "./contract.js";
import type { Nodes } from "./nodes.js";
import type { Realms } from "./realms.js";
import type { AdminSource } from "./source.js";
import { connectionsOf, readStats } from "./stats.js";
import { sumStats } from "./sum-stats.js";

/** How long other nodes have for their numbers, in milliseconds: for a question, and for what is told once a second. */
const PATIENCE = 2000;
const PROMPT = 500;
/** So many connections more, and their bytes and outboxes are looked at a second later: looking costs each of them something. */
const CONNECTIONS_PER_SECOND = 10_000;

/** What nodes tell one another. */
interface Told {
  readonly node: string;
  readonly stats: Stats;
}

/** The numbers of all nodes: this one's as they are, the others' as they say, or have said last. */
export class AllStats {
  readonly #source: AdminSource;
  readonly #realms: Realms;
  readonly #nodes: Nodes;
  readonly #clock: Clock;
  /** What the other nodes said last of all their realms. */
  #told: readonly Told[] = [];
  /** When the connections are looked at again. */
  #nextLook = -Infinity;

  constructor(source: AdminSource, realms: Realms, nodes: Nodes, clock: Clock) {
    this.#source = source;
    this.#realms = realms;
    this.#nodes = nodes;
    this.#clock = clock;
    nodes.tell("stats", async (): Promise<Told> => {
      await this.#lookAtTimes();
      return { node: nodes.own!, stats: this.here() };
    });
  }

  /** `kreuz.get.stats` */
  async get(call: ProcedureCall): Promise<Stats> {
    const name = new CallArguments(call, 1).optionalAt(0, "realm", stringArgument);
    if (name !== undefined) this.#realms.get(name);
    await this.#look();
    const all = await this.#all(PATIENCE);
    return name === undefined ? all : { ...all, realms: { [name]: all.realms[name]! } };
  }

  /** What `kreuz.stats` tells. */
  async prompt(): Promise<Stats> {
    await this.#lookAtTimes();
    return this.#all(PROMPT);
  }

  /** Those of this node. */
  here(): Stats {
    return readStats(this.#source, this.#realms.names, this.#clock.now());
  }

  async #all(patience: number): Promise<Stats> {
    const node = this.#nodes.own;
    if (node === undefined) return this.here();
    const { answers, unreachable } = await this.#nodes.gather<Told>("stats", {}, patience);
    const late = this.#told.filter((told) => unreachable.includes(told.node));
    this.#told = [...answers, ...late];
    const own = this.here();
    const others = this.#told.map(({ stats }) => stats);
    const nodes = [{ node, stats: own }, ...this.#told].map(numbersOf);
    return { ...sumStats(own, others), nodes, unreachable };
  }

  /** At most once a second, and less often with many connections. */
  async #lookAtTimes(): Promise<void> {
    const now = this.#clock.monotonic();
    if (now < this.#nextLook) return;
    const connections = await this.#look();
    // A little less than whole seconds: whoever comes once a second comes sometimes a little sooner.
    this.#nextLook = now + 1000 * Math.floor(connections / CONNECTIONS_PER_SECOND) + 500;
  }

  /** @returns how many connections there are. */
  async #look(): Promise<number> {
    let connections = 0;
    for (const { stats } of this.#source.listeners()) {
      connections += connectionsOf(stats);
      await stats.refresh();
    }
    return connections;
  }
}

function numbersOf({ node, stats: { at, process, realms, listeners } }: Told): NodeNumbers {
  let [sessions, connections] = [0, 0];
  for (const realm of Object.values(realms)) sessions += realm.sessions;
  for (const listener of Object.values(listeners)) connections += listener.connections;
  return { node, at, process, sessions, connections };
}
