import { describe, expect, it } from "vitest";
import { type Message, MessageType as M } from "@kreuz/codec";
import { Line } from "./testing/line.js";
import { WireClient } from "./wire-client.js";

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

  it("finds the message that is wanted, before or after it arrives, and leaves the others in their order", async () => {
    const client = new WireClient(fewTurns);
    const line = new Line(client);
    const published = (publication: number): Message => ({ type: M.PUBLISHED, request: 1, publication });
    const second = client.find("the second", (message) => message.type === M.PUBLISHED && message.publication === 2);
    line.deliver(published(1), published(2), published(3), published(4));
    expect(await second).toEqual(published(2));
    expect(
      await client.find("the third", (message) => message.type === M.PUBLISHED && message.publication > 2),
    ).toEqual(published(3));
    expect(client.unread).toEqual([published(1), published(4)]);
    await expect(client.find("WELCOME", ({ type }) => type === M.WELCOME)).rejects.toThrow(
      'waited for WELCOME: nothing arrived within 3 turns of the event loop; unread messages: PUBLISHED {"request":1,',
    );
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
