import { describe, expect, it } from "vitest";
import { type Connection, type ConnectionHandler, type Message, MessageType as M } from "@kreuz/codec";
import { createJsonCodec } from "@kreuz/codec/json";
import { WireClient } from "./wire-client.js";
import { WireSession } from "./wire-session.js";

const codec = createJsonCodec();

/** A transport that the test controls. */
class Line {
  readonly sent: Message[] = [];
  readonly handler: ConnectionHandler;

  constructor(client: WireClient) {
    const connection: Connection = {
      codec,
      transport: { type: "test", protocol: codec.subprotocol, serializer: codec.id },
      bufferedBytes: 0,
      send: (frame) => this.sent.push(codec.decode(frame)) > 0,
      sendMessage: (message) => this.sent.push(message) > 0,
      close: () => this.handler.onClose(),
      pause: () => {},
      resume: () => {},
    };
    this.handler = client.accept(connection);
  }

  deliver(message: Message): void {
    this.handler.onFrame(codec.encode(message));
  }
}

const welcome: Message = { type: M.WELCOME, session: 7, details: { roles: { broker: {} } } };
const fewTurns = { turns: 3 };

describe("WireClient", () => {
  it("returns messages in order, whether they arrive before or after the read", async () => {
    const client = new WireClient();
    const line = new Line(client);
    line.deliver(welcome);
    line.deliver({ type: M.PUBLISHED, request: 1, publication: 2 });
    expect((await client.expect(M.WELCOME)).session).toBe(7);
    expect((await client.next()).type).toBe(M.PUBLISHED);
    const pending = client.expect(M.SUBSCRIBED);
    line.deliver({ type: M.SUBSCRIBED, request: 3, subscription: 4 });
    expect((await pending).subscription).toBe(4);
    expect(client.frames).toHaveLength(3);
  });

  it("reports a message of another type", async () => {
    const client = new WireClient();
    const line = new Line(client);
    line.deliver({ type: M.ABORT, details: {}, reason: "wamp.error.no_such_realm", payload: { args: ["hm"] } });
    await expect(client.expect(M.WELCOME)).rejects.toThrow(
      'waited for WELCOME, got ABORT {"details":{},"reason":"wamp.error.no_such_realm","payload":{"args":["hm"]}}',
    );
  });

  it("reports that nothing arrived, and reads what arrives later", async () => {
    const client = new WireClient(fewTurns);
    const line = new Line(client);
    await expect(client.expect(M.WELCOME)).rejects.toThrow("waited for WELCOME: nothing arrived within 3 turns");
    line.deliver(welcome);
    await client.expect(M.WELCOME);
  });

  it("reports that the connection closed, to pending and later reads", async () => {
    const client = new WireClient();
    const line = new Line(client);
    const pending = client.next();
    line.handler.onClose(new Error("reset"));
    await expect(pending).rejects.toThrow("waited for a message: the connection closed: reset");
    await expect(client.next()).rejects.toThrow("the connection closed: reset");
    expect(client.closed).toBe(true);
    expect(await client.expectClosed()).toEqual(new Error("reset"));
  });

  it("reads what arrived before the connection closed", async () => {
    const client = new WireClient();
    const line = new Line(client);
    line.deliver(welcome);
    client.disconnect();
    await client.expect(M.WELCOME);
    expect(await client.expectClosed()).toBeUndefined();
  });

  it("reports unread messages when the connection does not close", async () => {
    const client = new WireClient(fewTurns);
    new Line(client).deliver(welcome);
    await expect(client.expectClosed()).rejects.toThrow("unread messages: WELCOME");
  });

  it("expects no message", async () => {
    const client = new WireClient();
    const line = new Line(client);
    await client.expectNothing();
    line.deliver(welcome);
    await expect(client.expectNothing()).rejects.toThrow("expected no message, got WELCOME");
  });

  it("reports a frame that is not a message", async () => {
    const client = new WireClient();
    new Line(client).handler.onFrame(new TextEncoder().encode("[99]"));
    await expect(client.next()).rejects.toThrow("got a frame that is not a message");
  });

  it("cannot be used before it is connected, nor connected twice", () => {
    const client = new WireClient();
    expect(() => client.connection).toThrow("not connected");
    const line = new Line(client);
    expect(line.sent).toEqual([]);
    expect(() => new Line(client)).toThrow("one client per connection");
  });
});

describe("WireSession", () => {
  it("joins, subscribes, registers, calls and leaves", async () => {
    const session = new WireSession();
    const line = new Line(session);
    const joining = session.join("realm1", { authid: "joe" });
    line.deliver(welcome);
    await joining;
    expect(session.id).toBe(7);
    expect(line.sent[0]).toMatchObject({ type: M.HELLO, realm: "realm1", details: { authid: "joe" } });

    const subscribing = session.subscribe("com.topic", { match: "prefix" });
    line.deliver({ type: M.SUBSCRIBED, request: 1, subscription: 11 });
    expect(await subscribing).toBe(11);
    expect(line.sent[1]).toMatchObject({ request: 1, topic: "com.topic", options: { match: "prefix" } });

    const registering = session.register("com.procedure");
    line.deliver({ type: M.REGISTERED, request: 2, registration: 12 });
    expect(await registering).toBe(12);

    expect(session.call("com.procedure", { args: [1] })).toBe(3);
    expect(session.publish("com.topic")).toBe(4);
    session.yield(1, { args: [2] });
    session.fail(2, "com.error");

    const leaving = session.leave();
    line.deliver({ type: M.GOODBYE, details: {}, reason: "wamp.close.goodbye_and_out" });
    expect((await leaving).reason).toBe("wamp.close.goodbye_and_out");
    expect(line.sent.map(({ type }) => type)).toEqual([
      M.HELLO,
      M.SUBSCRIBE,
      M.REGISTER,
      M.CALL,
      M.PUBLISH,
      M.YIELD,
      M.ERROR,
      M.GOODBYE,
    ]);
  });
});
