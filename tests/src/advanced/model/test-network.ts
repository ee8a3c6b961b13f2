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
import { assert } from "./assert.js";

/** What makes a difference to a call. */
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

/** Longer than any chain of microtasks that one frame sets off. */
const LONG = 12;

/** One client. It hands on what arrives at once, and answers nothing by itself. */
export class Peer implements Acceptor {
  readonly name: string;
  readonly features: ReadonlySet<Feature>;
  /** Session id; 0 until WELCOME has come. */
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

/** A router and its clients, in which time and the delivery of messages are the test's to move. */
export class World {
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
    assert(peer.id !== 0, `${peer.name} could not join`);
    return peer;
  }

  /** Lets so many microtasks pass: messages get some way, and those of others may cross them. */
  async pass(microtasks: number): Promise<void> {
    for (let left = microtasks; left > 0; left--) await Promise.resolve();
  }

  /** Lets everything that is on its way arrive. */
  async quiet(): Promise<void> {
    for (let before = -1; before !== this.#frames;) {
      before = this.#frames;
      await this.pass(LONG);
    }
  }

  get counts(): RealmCounts {
    const counts = this.router.counts(REALM);
    if (counts === undefined) throw new Error("the realm is gone");
    return counts;
  }

  /** Everybody's connection ends. What is left in the router then is a leak. */
  async disband(): Promise<object> {
    for (const peer of this.peers) peer.close();
    await this.quiet();
    const { router } = this;
    return {
      ...this.counts,
      connections: router.connections,
      timers: router.clock.pending,
      errors: router.errors().length,
    };
  }
}

/** What {@link World.disband} must find. */
export const NOTHING: object = {
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
};
