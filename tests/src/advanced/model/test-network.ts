import {
  MessageType as M,
  type Acceptor,
  type ClientRole,
  type Connection,
  type ConnectionHandler,
  type HelloDetails,
  type Id,
  type Message,
  type RoleDetails,
} from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import type { RealmCounts } from "@kreuz/router";
import { connectMemory } from "@kreuz/transport-memory";
import { REALM, type TestRouter } from "../../support/index.js";
import { check } from "@kreuz/testkit";

/** The features that make a difference to a call. */
export const FEATURES = [
  "caller.progressive_call_invocations",
  "caller.payload_passthru_mode",
  "callee.progressive_call_results",
  "callee.progressive_call_invocations",
  "callee.call_canceling",
  "callee.payload_passthru_mode",
  "callee.call_reroute",
] as const;

export type Feature = (typeof FEATURES)[number];

/** More microtasks than one frame ever causes in a row, and those of a claim and a barrier between two nodes. */
const MAX_MICROTASKS_PER_FRAME = 12;
const MAX_MICROTASKS_BETWEEN_NODES = 200;
/** Who loses a race tries again after up to 100 ms. */
const [RACE_MS, RACE_STEP_MS] = [300, 50];

/** A client that passes on what arrives and answers nothing by itself. */
export class Peer implements Acceptor {
  readonly name: string;
  readonly features: ReadonlySet<Feature>;
  /** Session id; 0 before WELCOME. */
  id: Id = 0;
  /** The connection has ended, or is about to. */
  gone = false;
  nextRequest: Id = 1;
  readonly #arrived: (peer: Peer, message: Message) => void;
  #connection: Connection | undefined;

  constructor(name: string, features: ReadonlySet<Feature>, arrived: (peer: Peer, message: Message) => void) {
    this.name = name;
    this.features = features;
    this.#arrived = arrived;
  }

  has(feature: Feature): boolean {
    return this.features.has(feature);
  }

  accept(connection: Connection): ConnectionHandler {
    this.#connection = connection;
    return {
      onFrame: (frame) => this.#arrived(this, connection.codec.decode(frame)),
      onDrain: () => {},
      onClose: () => {
        this.gone = true;
      },
    };
  }

  send(message: Message): void {
    this.#connection?.send(json.encode(message));
  }

  close(): void {
    this.gone = true;
    this.#connection?.close();
  }

  get roles(): HelloDetails["roles"] {
    const roles: Record<ClientRole, RoleDetails> = { publisher: {}, subscriber: {}, caller: {}, callee: {} };
    for (const name of this.features) {
      const [role, feature] = name.split(".") as [ClientRole, string];
      roles[role] = { features: { ...roles[role].features, [feature]: true } };
    }
    return roles;
  }
}

/** A router and its clients. The test decides when time passes and how far messages get. */
export class TestNetwork {
  readonly router: TestRouter;
  readonly peers: Peer[] = [];
  readonly #arrived: (peer: Peer, message: Message) => void;
  #frames = 0;

  constructor(router: TestRouter, arrived: (peer: Peer, message: Message) => void) {
    this.router = router;
    this.#arrived = arrived;
  }

  async join(features: ReadonlySet<Feature>): Promise<Peer> {
    const peer = new Peer(`peer${this.peers.length}`, features, (receiver, message) => {
      this.#frames++;
      if (message.type === M.WELCOME) receiver.id = message.session;
      else this.#arrived(receiver, message);
    });
    const { nodes, clock } = this.router;
    // By turns, where several nodes serve the realm.
    connectMemory(nodes[this.peers.length % nodes.length]!, peer, { codec: json, clock });
    this.peers.push(peer);
    peer.send({ type: M.HELLO, realm: REALM, details: { roles: peer.roles, authmethods: ["trust"] } });
    for (let left = 100; peer.id === 0 && left > 0; left--) await Promise.resolve();
    check(peer.id !== 0, `${peer.name} could not join`);
    return peer;
  }

  /** Runs this many microtasks: messages get some way, and others may cross them. */
  async runMicrotasks(microtasks: number): Promise<void> {
    for (let left = microtasks; left > 0; left--) await Promise.resolve();
  }

  /** Runs microtasks until no message is on its way. */
  async settle(): Promise<void> {
    const most = this.router.nodes.length === 1 ? MAX_MICROTASKS_PER_FRAME : MAX_MICROTASKS_BETWEEN_NODES;
    for (let before = -1; before !== this.#frames;) {
      before = this.#frames;
      await this.runMicrotasks(most);
    }
  }

  get counts(): RealmCounts {
    const counts = this.router.counts(REALM);
    if (counts === undefined) throw new Error("the realm is gone");
    return counts;
  }

  /** Lets pass the time that nodes take which raced for a procedure: until then, its callees are not read from. */
  async quiet(): Promise<void> {
    if (this.router.nodes.length === 1) return;
    for (let left = RACE_MS; left > 0; left -= RACE_STEP_MS) {
      this.router.clock.advance(RACE_STEP_MS);
      await this.settle();
    }
  }

  /** Disconnects all clients. @returns what the router still holds, which must be {@link EMPTY}. */
  async disconnectAll(): Promise<object> {
    for (const peer of this.peers) peer.close();
    await this.settle();
    const { router } = this;
    // Sessions leave in turns of the event loop.
    router.clock.advance(0);
    await this.quiet();
    const left = router.nodes.map((node) => ({
      ...node.counts(REALM)!,
      connections: node.connections,
      timers: router.clock.pending,
      errors: router.errors().length,
      pending: node.stats(REALM)!.callsPending,
    }));
    // One node is as good as another: if any of them holds something, that is what is told.
    return left.find((each) => Object.values(each).some((count) => count !== 0)) ?? left[0]!;
  }

  /** Calls that ended, as the routers counted them: each at the node of its caller. */
  get endedCalls(): number {
    return this.router.nodes.reduce((total, node) => total + node.stats(REALM)!.calls.total, 0);
  }
}

/** What {@link TestNetwork.disconnectAll} must return. */
export const EMPTY: object = {
  sessions: 0,
  localSessions: 0,
  subscriptions: 0,
  registrations: 0,
  pendingCalls: 0,
  waitingCalls: 0,
  holders: 0,
  retainedTopics: 0,
  connections: 0,
  timers: 0,
  errors: 0,
  pending: 0,
};
