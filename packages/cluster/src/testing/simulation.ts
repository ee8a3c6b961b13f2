import { MessageType as M, type Id, type CancelMode, type InvocationPolicy } from "@kreuz/codec";
import type { LinkSettings } from "../link/link-settings.js";
import { ClusterWorld, REALM, type WorldNode } from "./cluster-world.js";
import { Model } from "./model.js";
import { seededRandom } from "./seeded-random.js";
import { SimClient } from "./sim-client.js";

/** What happens next in a simulated cluster. Numbers choose among what there is. */
export type Step =
  | {
      readonly kind: "call" | "unregister" | "subscribe" | "unsubscribe";
      readonly client: number;
      readonly uri: number;
    }
  | {
      readonly kind: "register";
      readonly client: number;
      readonly uri: number;
      readonly invoke: InvocationPolicy;
      readonly force: boolean;
      readonly concurrency: number;
    }
  | { readonly kind: "cancel"; readonly client: number; readonly mode: CancelMode }
  | { readonly kind: "publish"; readonly client: number; readonly uri: number; readonly retain: boolean }
  | { readonly kind: "leave" | "join"; readonly client: number; readonly uri: number; readonly node: number }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "network"; readonly loss: number; readonly delay: number }
  | { readonly kind: "referee"; readonly failure: number; readonly delay: number }
  | { readonly kind: "forget" }
  | { readonly kind: "cut" | "heal"; readonly node: number; readonly other: number }
  | { readonly kind: "pause" | "resume" | "disconnect" | "connect" | "kill" | "stop" | "start"; readonly node: number };

const PROCEDURES = ["com.a", "com.b", "com.c"];
const TOPICS = ["com.t.a", "com.t.b", "com.t"];

/** A cluster with clients that use it while it is disturbed, and what must hold of it at the end. */
export class Simulation {
  readonly #world: ClusterWorld;
  readonly #model: Model<SimClient>;
  readonly #names: readonly string[];
  readonly #links: Partial<LinkSettings>;
  /** For each node, who is there by the events that its plugins hear. */
  readonly #present = new Map<WorldNode, Set<Id>>();
  #clients = 0;

  private constructor(seed: number, nodes: number, links: Partial<LinkSettings>) {
    this.#links = links;
    this.#world = new ClusterWorld(seed);
    this.#model = new Model(() => this.#world.clock.now(), seededRandom(seed + 1));
    this.#names = ["a", "b", "c", "d", "e"].slice(0, nodes);
  }

  /** @param links - the less the nodes do in one turn, and the less they may send at once, the more comes in between. */
  static async start(seed: number, nodes: number, links: Partial<LinkSettings>): Promise<Simulation> {
    const simulation = new Simulation(seed, nodes, links);
    for (const name of simulation.#names) await simulation.#start(name);
    for (const name of [...simulation.#names, ...simulation.#names]) simulation.#join(name);
    await simulation.#world.pass(1500);
    return simulation;
  }

  /** What happened, for whoever wants to know that anything did. */
  get counts(): { readonly answered: number; readonly failed: number; readonly events: number } {
    const { answeredCalls: answered, failedCalls: failed, events } = this.#model;
    return { answered, failed, events };
  }

  /** What went wrong. */
  get problems(): readonly string[] {
    return [...this.#model.problems, ...this.#world.errors];
  }

  async take(step: Step): Promise<void> {
    if ("client" in step) return this.#use(step);
    if (step.kind === "wait") return this.#world.pass(step.ms);
    if ("node" in step) return this.#disturb(step);
    const delay = { least: 0, most: "delay" in step ? step.delay : 0 };
    if (step.kind === "network") this.#world.network.disturb({ loss: step.loss / 100, delay });
    else if (step.kind === "referee") this.#world.referee.disturb({ failure: step.failure, delay });
    else this.#world.referee.forget();
  }

  #use(step: Extract<Step, { client: number }>): void {
    const clients = [...this.#model.clients];
    if (step.kind === "join") return this.#join(this.#names[step.node % this.#names.length]!);
    const client = clients[step.client % Math.max(1, clients.length)];
    if (client === undefined) return;
    if (step.kind === "cancel") return client.cancel(step.mode);
    const procedure = PROCEDURES[step.uri]!;
    const [topic, match] = [TOPICS[step.uri]!, step.uri === 2 ? "prefix" : "exact"] as const;
    if (step.kind === "call") client.call(procedure);
    else if (step.kind === "register") {
      const { invoke, concurrency } = step;
      client.register(procedure, { invoke, concurrency, force_reregister: step.force });
    } else if (step.kind === "unregister") client.unregister(procedure);
    else if (step.kind === "subscribe") client.subscribe(topic, match);
    else if (step.kind === "unsubscribe") client.unsubscribe(topic, match);
    else if (step.kind === "publish") client.publish(topic, step.retain);
    else client.leave();
  }

  async #disturb(step: Extract<Step, { node: number }>): Promise<void> {
    const { network, nodes } = this.#world;
    const name = this.#names[step.node % this.#names.length]!;
    const node = nodes.get(name);
    if (step.kind === "start") return node === undefined && this.#canStart ? this.#start(name) : undefined;
    if (node === undefined) return;
    if (step.kind === "cut") network.cut(name, this.#names[("other" in step ? step.other : 0) % this.#names.length]!);
    else if (step.kind === "heal")
      network.join(name, this.#names[("other" in step ? step.other : 0) % this.#names.length]!);
    else if (step.kind === "pause") {
      this.#model.stoodStill.add(node);
      node.process.pause();
    } else if (step.kind === "resume") node.process.resume();
    else if (step.kind === "disconnect" || step.kind === "connect") network.connect(name, step.kind === "connect");
    else if (step.kind === "kill") this.#kill(node);
    else if (!node.process.paused) await this.#stop(node);
  }

  /** While all others stand still, nobody can tell a node that starts what the referee forgot. */
  get #canStart(): boolean {
    return [...this.#world.nodes.values()].some(({ process }) => !process.paused);
  }

  async #start(name: string): Promise<void> {
    // A node waits for the referee before it opens its realms.
    this.#world.referee.disturb({});
    const node = await this.#world.start(name, { links: this.#links });
    const present = new Set<Id>();
    this.#present.set(node, present);
    node.realm.on("sessionJoined", ({ session }) => {
      if (present.has(session)) this.#model.fail(`${name}: on_join of ${session} twice`);
      present.add(session);
    });
    node.realm.on("sessionLeft", ({ session }) => {
      if (!present.delete(session)) this.#model.fail(`${name}: on_leave of ${session}, which was not there`);
    });
  }

  #join(name: string): void {
    const node = this.#world.nodes.get(name);
    if (node === undefined || node.process.paused) return;
    this.#model.clients.add(new SimClient(`c${++this.#clients}`, node, REALM, this.#model));
  }

  #kill(node: WorldNode): void {
    if (this.#world.nodes.size === 1) return;
    for (const client of [...this.#model.clients]) if (client.node === node) this.#model.gone(client);
    this.#world.kill(node.name);
  }

  async #stop(node: WorldNode): Promise<void> {
    if (this.#world.nodes.size === 1) return;
    this.#world.nodes.delete(node.name);
    await this.#world.until(node.router.close(), 60_000);
  }

  /** Ends all faults, and looks at everything a while later. */
  async heal(): Promise<void> {
    const { network, referee, nodes } = this.#world;
    network.disturb({});
    referee.disturb({});
    for (const from of this.#names) for (const to of this.#names) network.join(from, to);
    for (const { name, process } of nodes.values()) {
      network.connect(name, true);
      if (process.paused) process.resume();
    }
    await this.#world.pass(15_000);
    await this.#check();
  }

  async #check(): Promise<void> {
    const { unanswered } = this.#model;
    if (unanswered > 0) this.#model.fail(`${unanswered} calls were never answered`);
    const expected = this.#expected();
    for (const node of this.#world.nodes.values()) {
      const found = await this.#found(node);
      if (found !== expected) this.#model.fail(`node ${node.name} knows\n${found}\nand its clients have\n${expected}`);
      this.#checkLeftovers(node);
    }
    await this.#checkClaims();
    await this.#checkRetained();
  }

  /** A new subscriber gets the same retained events at all nodes. */
  async #checkRetained(): Promise<void> {
    let first: string | undefined;
    for (const { name } of this.#world.nodes.values()) {
      const client = await this.#world.join(name, "late");
      await this.#world.until(client.subscribe("com.t", { match: "prefix", get_retained: true }));
      await this.#world.pass(50);
      const events = client.unread.flatMap((message) =>
        !(message instanceof Error) && message.type === M.EVENT ? [message.publication] : [],
      );
      const retained = events.toSorted().join();
      first ??= retained;
      if (retained !== first)
        this.#model.fail(`node ${name} has the retained events ${retained}, another one ${first}`);
    }
  }

  /** What all nodes should know, by what the clients know of themselves. */
  #expected(): string {
    const sessions = [...this.#model.clients].map(({ id }) => id);
    const registrations = new Map<Id, Id[]>();
    const subscriptions = new Map<Id, Id[]>();
    for (const client of this.#model.clients) {
      for (const id of client.registrations.values())
        registrations.set(id, [...(registrations.get(id) ?? []), client.id]);
      for (const id of client.subscriptions.values())
        subscriptions.set(id, [...(subscriptions.get(id) ?? []), client.id]);
    }
    return describe(sessions, registrations, subscriptions);
  }

  async #found({ realm }: WorldNode): Promise<string> {
    const registrations = new Map<Id, readonly Id[]>();
    for (const { id } of await realm.registrations.list())
      registrations.set(id, (await realm.registrations.members(id)) ?? []);
    const subscriptions = new Map<Id, readonly Id[]>();
    for (const { id } of await realm.subscriptions.list()) {
      const members = Promise.resolve(realm.subscriptions.members(id));
      subscriptions.set(id, (await this.#world.until(members)) ?? []);
    }
    return describe([...(await realm.sessions.list())], registrations, subscriptions);
  }

  /** Whatever is for the time being must be gone. */
  #checkLeftovers(node: WorldNode): void {
    const fabric = this.#world.fabric(node.name);
    for (const [name, peer] of fabric.peers) {
      if (!this.#world.nodes.has(name)) this.#model.fail(`${node.name}: ${name} itself is left over`);
      if (peer.calls.size > 0) this.#model.fail(`${node.name}: ${peer.calls.size} calls with ${name} are left over`);
    }
    const present = [...this.#present.get(node)!].toSorted().join();
    const sessions = [...this.#model.clients]
      .map(({ id }) => id)
      .toSorted()
      .join();
    if (present !== sessions)
      this.#model.fail(`${node.name}: by on_join and on_leave ${present} are there, not ${sessions}`);
  }

  /** The claims name the nodes whose clients have the procedures, and no others. */
  async #checkClaims(): Promise<void> {
    for (const procedure of PROCEDURES) {
      const holders = new Set<string>();
      for (const client of this.#model.clients) if (client.registrations.has(procedure)) holders.add(client.node.name);
      const claimed = new Set<string>();
      for (const { name } of this.#world.nodes.values())
        for (const holder of await this.#world.fabric(name).claims.holders(procedure, "exact")) claimed.add(holder);
      const [has, claims] = [[...holders].toSorted().join(), [...claimed].toSorted().join()];
      if (has !== claims)
        this.#model.fail(`"${procedure}" is registered at nodes (${has}), and claimed by (${claims})`);
    }
  }
}

function describe(
  sessions: readonly Id[],
  registrations: ReadonlyMap<Id, readonly Id[]>,
  subscriptions: ReadonlyMap<Id, readonly Id[]>,
): string {
  const lines = (map: ReadonlyMap<Id, readonly Id[]>): string =>
    [...map]
      .filter(([, members]) => members.length > 0)
      .map(([id, members]) => `${id}: ${members.toSorted().join()}`)
      .toSorted()
      .join("; ");
  return `sessions ${sessions.toSorted().join()}\nregistrations ${lines(registrations)}\nsubscriptions ${lines(subscriptions)}`;
}
