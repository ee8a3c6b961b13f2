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

/** More microtasks than one frame ever causes in a row. */
const MAX_MICROTASKS_PER_FRAME = 12;

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
    connectMemory(this.router, peer, { codec: json, clock: this.router.clock });
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
    for (let before = -1; before !== this.#frames;) {
      before = this.#frames;
      await this.runMicrotasks(MAX_MICROTASKS_PER_FRAME);
    }
  }

  get counts(): RealmCounts {
    const counts = this.router.counts(REALM);
    if (counts === undefined) throw new Error("the realm is gone");
    return counts;
  }

  /** Disconnects all clients. @returns what the router still holds, which must be {@link EMPTY}. */
  async disconnectAll(): Promise<object> {
    for (const peer of this.peers) peer.close();
    await this.settle();
    // Sessions leave in turns of the event loop.
    this.router.clock.advance(0);
    const { router } = this;
    const stats = router.stats(REALM)!;
    return {
      ...this.counts,
      connections: router.connections,
      timers: router.clock.pending,
      errors: router.errors().length,
      pending: stats.callsPending,
    };
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
