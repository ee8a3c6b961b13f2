// Sessions of the client whose connection is lost, and routers that take leave, refuse or are silent.
import { connect, ConnectError, connectionTransport, SessionEndedError, type ConnectOptions } from "@kreuz/client";
import { CloseUri, ErrorUri, MessageType as M, WampError, type Connection } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import type { Router } from "@kreuz/router";
import type { Session } from "@kreuz/session";
import { sessionMeta } from "@kreuz/session-meta";
import { FakeClock, settle } from "@kreuz/testkit";
import { connectMemory } from "@kreuz/transport-memory";
import { describe, expect, it } from "vitest";
import {
  createTestRouter,
  PROCEDURE,
  REALM,
  type TestRouter,
  type TestRouterOptions,
  TOPIC,
} from "../support/index.js";

/** A router whose connections a test can cut, and a client with a clock of its own. */
class Scene {
  readonly clock = new FakeClock();
  readonly states: string[] = [];
  attempts = 0;
  reachable = true;
  router: TestRouter;
  #connections: Connection[] = [];

  private constructor(router: TestRouter) {
    this.router = router;
  }

  static async create(options: TestRouterOptions = {}): Promise<Scene> {
    return new Scene(await createTestRouter({ realm: { plugins: [sessionMeta()] }, ...options }));
  }

  async connect(options: Partial<ConnectOptions> = {}): Promise<Session> {
    const transport = connectionTransport((acceptor) => {
      this.attempts++;
      if (!this.reachable) throw new Error("no route");
      // Where there are two, it comes back to the other one.
      const { nodes } = this.router;
      const node = nodes[this.attempts % nodes.length]!;
      const server = {
        accept: (connection: Connection) => {
          this.#connections.push(connection);
          return node.accept(connection);
        },
      };
      return connectMemory(server, acceptor, { codec: json, clock: this.router.clock });
    });
    const { clock } = this;
    const session = await connect({ transport, realm: REALM, clock, random: () => 1, onError: () => {}, ...options });
    session.onState((state, cause) => this.states.push(cause === undefined ? state : `${state}: ${cause.message}`));
    return session;
  }

  /** Cuts all connections. */
  async cut(): Promise<void> {
    for (const connection of this.#connections.splice(0)) connection.close("going-away");
    await settle();
  }

  async advance(ms: number): Promise<void> {
    this.clock.advance(ms);
    await settle();
  }
}

describe("A lost connection", () => {
  it("rejects what is open, and every request until the session is back", async () => {
    const scene = await Scene.create();
    const session = await scene.connect();
    const callee = await scene.router.join();
    await callee.register(PROCEDURE);
    const call = session.call(PROCEDURE);
    const stream = session.stream(PROCEDURE);
    await settle();
    const outcomes = Promise.allSettled([call, stream.next()]);
    await scene.cut();
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({ reason: { name: "SessionEndedError", reason: CloseUri.TRANSPORT_LOST } });
    expect(session.state).toBe("connecting");
    await expect(session.call(PROCEDURE)).rejects.toThrow(SessionEndedError);
    await expect(session.publish(TOPIC)).rejects.toThrow(SessionEndedError);
    await scene.advance(250);
    expect(session.state).toBe("open");
    await session.close();
    expect(scene.clock.pending).toBe(0);
  });

  it("is followed by a session with the same subscriptions and procedures, options included", async () => {
    const scene = await Scene.create();
    const session = await scene.connect();
    const topics: string[] = [];
    await session.subscribe("com.", ({ topic }) => topics.push(topic), { match: "prefix" });
    await session.register(PROCEDURE, ({ args }) => args[0], { invoke: "roundrobin" });
    const ended = await session.subscribe(TOPIC, () => topics.push("never"));
    await ended.unsubscribe();
    const before = session.id;
    await scene.cut();
    await scene.advance(250);
    expect(session.id).not.toBe(before);
    const other = await scene.router.join();
    expect((await other.call(PROCEDURE, { args: [7] })).args).toEqual([7]);
    await other.register(PROCEDURE, { invoke: "roundrobin" });
    other.publish(TOPIC);
    await settle();
    expect(topics).toEqual([TOPIC]);
    expect(scene.states).toEqual(["connecting: the router closed the connection", "open"]);
  });

  it("ends what the router refuses afterwards, with its error", async () => {
    const scene = await Scene.create();
    const session = await scene.connect();
    const registration = await session.register(PROCEDURE, () => 1);
    const events = await session.subscribe(TOPIC);
    await scene.cut();
    await (await scene.router.join()).register(PROCEDURE);
    await scene.advance(250);
    expect(await registration.ended).toMatchObject({ uri: ErrorUri.PROCEDURE_ALREADY_EXISTS });
    await registration.unregister();
    (await scene.router.join()).publish(TOPIC, { args: [1] });
    for await (const { args } of events) {
      expect(args).toEqual([1]);
      break;
    }
  });

  it("is followed by attempts after random parts of times that double, up to a maximum", async () => {
    const scene = await Scene.create();
    const session = await scene.connect({ reconnect: { minMs: 100, maxMs: 1000 }, random: () => 0.5 });
    scene.reachable = false;
    await scene.cut();
    for (const [index, delay] of [50, 100, 200, 400, 500, 500].entries()) {
      await scene.advance(delay - 1);
      expect(scene.attempts).toBe(index + 1);
      await scene.advance(1);
      expect(scene.attempts).toBe(index + 2);
    }
    scene.reachable = true;
    await scene.advance(500);
    expect(session.state).toBe("open");
  });

  it("ends the session when it is not to connect again", async () => {
    const scene = await Scene.create();
    const session = await scene.connect({ reconnect: false });
    const events = await session.subscribe(TOPIC);
    await scene.cut();
    expect(session.state).toBe("closed");
    expect(await events.ended).toBeInstanceOf(SessionEndedError);
    expect(scene.clock.pending).toBe(0);
  });

  it("leaves nothing behind when the session is closed while it waits or connects", async () => {
    const scene = await Scene.create();
    const session = await scene.connect();
    scene.reachable = false;
    await scene.cut();
    await session.close();
    await scene.advance(100_000);
    expect([scene.attempts, scene.clock.pending]).toEqual([1, 0]);
    expect(session.state).toBe("closed");
  });
});

describe("A router that says GOODBYE", () => {
  it.each([CloseUri.SYSTEM_SHUTDOWN, CloseUri.CLOSE_REALM])("with %s: the session comes back", async (reason) => {
    const scene = await Scene.create();
    const session = await scene.connect();
    await scene.router.close({ farewell: "goodbye", reason });
    await settle();
    expect(session.state).toBe("connecting");
    scene.router = await createTestRouter();
    await scene.advance(250);
    expect(session.state).toBe("open");
  });

  it("with another reason, such as a kill: the session is closed, and says why", async () => {
    const scene = await Scene.create();
    const session = await scene.connect();
    await scene.router
      .connect(REALM)
      .call("wamp.session.kill", { args: [session.id], kwargs: { reason: "com.example.out" } });
    await settle();
    expect(session.state).toBe("closed");
    await expect(session.call(PROCEDURE)).rejects.toMatchObject({ reason: "com.example.out" });
    expect(scene.clock.pending).toBe(0);
  });
});

describe("Connecting", () => {
  it("fails with what the transport says, without another attempt", async () => {
    const scene = await Scene.create();
    scene.reachable = false;
    await expect(scene.connect()).rejects.toThrow("no route");
    expect([scene.attempts, scene.clock.pending]).toEqual([1, 0]);
  });

  it("fails with the reason of ABORT", async () => {
    const scene = await Scene.create();
    const refused = scene.connect({ realm: "com.example.nowhere" });
    await expect(refused).rejects.toMatchObject({ name: "ConnectError", reason: ErrorUri.NO_SUCH_REALM });
  });

  it("is not repeated after an error that stays, unless it shall be", async () => {
    for (const retryAll of [false, true]) {
      const scene = await Scene.create();
      const session = await scene.connect({ reconnect: { retryAll } });
      await scene.router.close();
      scene.router = await createTestRouter({ realms: [] });
      await scene.cut();
      await scene.advance(250);
      expect(session.state).toBe(retryAll ? "connecting" : "closed");
      await session.close();
    }
  });

  it("is given up after handshakeMs, and when the signal is aborted", async () => {
    const clock = new FakeClock();
    const connections: Connection[] = [];
    const silent = {
      accept: (connection: Connection) => (connections.push(connection), { onFrame() {}, onDrain() {}, onClose() {} }),
    };
    const transport = connectionTransport((acceptor) => connectMemory(silent, acceptor, { codec: json, clock }));
    const late = connect({ transport, realm: REALM, clock });
    await settle();
    clock.advance(10_000);
    await expect(late).rejects.toMatchObject({ name: "ConnectError", reason: ErrorUri.TIMEOUT });
    const abort = new AbortController();
    const given = connect({ transport, realm: REALM, clock, signal: abort.signal });
    await settle();
    abort.abort();
    await expect(given).rejects.toBe(abort.signal.reason);
    expect(clock.pending).toBe(0);
  });

  it("with a signal: aborting it closes the session", async () => {
    const scene = await Scene.create();
    const abort = new AbortController();
    const session = await scene.connect({ signal: abort.signal });
    abort.abort();
    await settle();
    expect(session.state).toBe("closed");
    expect(scene.router.counts(REALM)?.sessions).toBe(0);
  });
});

describe("A silent router", () => {
  it("is noticed with pingMs, and the session connects again", async () => {
    const scene = await Scene.create();
    const session = await scene.connect({ pingMs: 1000 });
    await scene.advance(1000);
    await scene.advance(1000);
    expect(session.state).toBe("open");
    // From now on the router answers nothing.
    scene.router = await createTestRouter();
    const { router } = scene;
    const silent = { onFrame() {}, onDrain() {}, onClose() {} };
    let muted = false;
    const silenced = (node: Router) => (connection: Connection) => {
      const handler = node.accept(connection);
      return {
        onFrame: (frame: Uint8Array) => (muted ? silent.onFrame() : handler.onFrame(frame)),
        onDrain: () => handler.onDrain(),
        onClose: () => handler.onClose(),
      };
    };
    const nodes = router.nodes.map((node) => Object.assign(Object.create(node) as Router, { accept: silenced(node) }));
    scene.router = Object.assign(Object.create(router) as TestRouter, { nodes });
    await scene.cut();
    await scene.advance(250);
    muted = true;
    await scene.advance(1000);
    await scene.advance(1000);
    expect(session.state).toBe("connecting");
    expect(scene.states.at(-1)).toContain("silent for 1000 ms");
    await session.close();
  });
});

describe("A hostile router", () => {
  const WELCOME = { type: M.WELCOME, session: 1, details: { roles: { broker: {}, dealer: {} } } } as const;

  it.each([
    ["no JSON", "nonsense"],
    ["no message", "[]"],
    ["an unknown type", "[99]"],
    ["details that are no dict", "[36,1,2,null]"],
    ["ids that are no numbers", '[36,"1",2,{}]'],
    ["arguments that are no list", "[36,1,2,{},{}]"],
    ["a second WELCOME", '[2,1,{"roles":{}}]'],
  ])("that sends %s is left, with the reason", async (_what, text) => {
    let router: Connection | undefined;
    const clock = new FakeClock();
    const script = {
      accept: (connection: Connection) => {
        router = connection;
        return { onFrame: () => connection.sendMessage(WELCOME), onDrain() {}, onClose() {} };
      },
    };
    const transport = connectionTransport((acceptor) => connectMemory(script, acceptor, { codec: json, clock }));
    const session = await connect({ transport, realm: REALM, clock, reconnect: false });
    router!.send(new TextEncoder().encode(text));
    await settle();
    expect(session.state).toBe("closed");
    await expect(session.call(PROCEDURE)).rejects.toMatchObject({ cause: { name: "ProtocolError" } });
    expect(clock.pending).toBe(0);
  });

  it("cannot confuse a session with answers that nobody asked for", async () => {
    let router: Connection | undefined;
    let calls = 0;
    const script = {
      accept: (connection: Connection) => {
        router = connection;
        return { onFrame: () => void (calls++ === 0 && connection.sendMessage(WELCOME)), onDrain() {}, onClose() {} };
      },
    };
    const transport = connectionTransport((acceptor) => connectMemory(script, acceptor, { codec: json }));
    const session = await connect({ transport, realm: REALM, reconnect: false });
    const payload = {};
    const details = {};
    const call = session.call(PROCEDURE);
    for (const message of [
      { type: M.RESULT, request: 9, details, payload },
      { type: M.ERROR, requestType: M.SUBSCRIBE, request: 1, details, error: "com.example.error", payload },
      { type: M.SUBSCRIBED, request: 1, subscription: 1 },
      { type: M.EVENT, subscription: 5, publication: 1, details, payload },
      { type: M.INVOCATION, request: 1, registration: 5, details, payload },
      { type: M.INTERRUPT, request: 7, options: {} },
      { type: M.UNREGISTERED, request: 0, details: { registration: 3 } },
      { type: M.RESULT, request: 1, details, payload: { args: ["right"] } },
      { type: M.RESULT, request: 1, details, payload: { args: ["twice"] } },
    ] as const)
      router!.sendMessage(message);
    expect((await call).value).toBe("right");
    expect(session.state).toBe("open");
    await session.close();
  });
});

it("errors are those of WAMP", async () => {
  const scene = await Scene.create();
  const session = await scene.connect();
  const error: unknown = await session.call(PROCEDURE).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(WampError);
  expect(new ConnectError("a", "b")).toBeInstanceOf(Error);
  await session.close();
});
