import { type Message, MessageType as M, WampError } from "@kreuz/codec";
import { describe, expect, it } from "vitest";
import { Line } from "./testing/line.js";
import { WireSession } from "./wire-session.js";

const WELCOME: Message = { type: M.WELCOME, session: 7, details: { roles: { broker: {} } } };
const EVENT: Message = { type: M.EVENT, subscription: 1, publication: 2, details: {}, payload: {} };

function connected(): { session: WireSession; line: Line } {
  const session = new WireSession({ turns: 3 });
  return { session, line: new Line(session) };
}

function challenge(authmethod = "ticket"): Message {
  return { type: M.CHALLENGE, authmethod, extra: { nonce: "n" } };
}

function result(request: number, args: readonly unknown[], progress?: true): Message {
  return { type: M.RESULT, request, details: progress ? { progress } : {}, payload: { args } };
}

function error(requestType: number, request: number, uri = "com.error"): Message {
  const payload = { args: ["no", 2], kwargs: { a: 1 } };
  return { type: M.ERROR, requestType, request, details: { why: "x" }, error: uri, payload };
}

/** What was thrown. */
async function thrown(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail("expected an error"),
    (error: unknown) => error,
  );
}

describe("join", () => {
  it("sends HELLO with every role and waits for WELCOME", async () => {
    const { session, line } = connected();
    const joining = session.join("realm1", { authid: "joe" });
    expect(session.id).toBe(0);
    line.deliver(WELCOME);
    expect((await joining).session).toBe(7);
    expect(session.id).toBe(7);
    expect(line.sent).toMatchObject([
      { type: M.HELLO, realm: "realm1", details: { authid: "joe", roles: { caller: {}, subscriber: {} } } },
    ]);
  });

  it.each([
    ["a text", "secret", { signature: "secret", extra: {} }],
    [
      "a signature with its extra",
      { signature: "s", extra: { nonce: "n" } },
      { signature: "s", extra: { nonce: "n" } },
    ],
    ["a promise", Promise.resolve({ signature: "s" }), { signature: "s", extra: {} }],
  ])("answers CHALLENGE with %s, as often as the router asks", async (_what, answer, sent) => {
    const { session, line } = connected();
    const asked: unknown[] = [];
    const joining = session.join("realm1", {}, (extra, method) => {
      asked.push([method, extra]);
      return answer;
    });
    line.deliver(challenge("ticket"), challenge("totp"), WELCOME);
    await joining;
    expect(asked).toEqual([
      ["ticket", { nonce: "n" }],
      ["totp", { nonce: "n" }],
    ]);
    expect(line.sent.slice(1)).toEqual([1, 2].map(() => ({ type: M.AUTHENTICATE, ...sent })));
  });

  it("throws ABORT as a WampError", async () => {
    const { session, line } = connected();
    const joining = thrown(session.join("realm1"));
    line.deliver({ type: M.ABORT, reason: "wamp.error.no_such_realm", details: { message: "no realm1" }, payload: {} });
    expect(await joining).toBeInstanceOf(WampError);
    expect(await joining).toMatchObject({
      uri: "wamp.error.no_such_realm",
      message: "wamp.error.no_such_realm: no realm1",
      details: { message: "no realm1" },
    });
  });

  it("says what to do about a CHALLENGE without an answer", async () => {
    const { session, line } = connected();
    const joining = thrown(session.join("realm1"));
    line.deliver(challenge());
    expect(String(await joining)).toContain('got CHALLENGE of the method "ticket"; give join() a function');
  });

  it("reports anything else", async () => {
    const { session, line } = connected();
    const joining = thrown(session.join("realm1"));
    line.deliver(EVENT);
    expect(String(await joining)).toContain("waited for WELCOME, got EVENT");
  });
});

describe("a request", () => {
  it.each<[name: string, send: (session: WireSession) => Promise<unknown>, reply: Message, outcome: unknown]>([
    ["subscribe", (s) => s.subscribe("com.a"), { type: M.SUBSCRIBED, request: 1, subscription: 11 }, 11],
    ["unsubscribe", (s) => s.unsubscribe(11), { type: M.UNSUBSCRIBED, request: 1 }, undefined],
    ["register", (s) => s.register("com.a"), { type: M.REGISTERED, request: 1, registration: 12 }, 12],
    ["unregister", (s) => s.unregister(12), { type: M.UNREGISTERED, request: 1 }, undefined],
  ])("%s waits for its reply, and leaves everything else unread", async (_name, send, reply, outcome) => {
    const { session, line } = connected();
    const sent = send(session);
    line.deliver(EVENT, { ...reply, request: 99 } as Message, reply);
    expect(await sent).toBe(outcome);
    expect(session.unread).toEqual([EVENT, { ...reply, request: 99 }]);
  });

  it.each<[name: string, send: (session: WireSession) => Promise<unknown>, type: number]>([
    ["subscribe", (s) => s.subscribe("com.a"), M.SUBSCRIBE],
    ["unsubscribe", (s) => s.unsubscribe(11), M.UNSUBSCRIBE],
    ["register", (s) => s.register("com.a"), M.REGISTER],
    ["unregister", (s) => s.unregister(12), M.UNREGISTER],
    ["call", (s) => s.call("com.a"), M.CALL],
  ])("%s that is refused throws a WampError with URI, arguments and details", async (_name, send, type) => {
    const { session, line } = connected();
    const refused = thrown(send(session));
    line.deliver(error(type, 1));
    expect(await refused).toBeInstanceOf(WampError);
    expect(await refused).toMatchObject({
      uri: "com.error",
      message: "com.error: no",
      payload: { args: ["no", 2], kwargs: { a: 1 } },
      details: { why: "x" },
    });
  });

  it("that gets no reply says which, and what has arrived instead", async () => {
    const { session, line } = connected();
    line.deliver(EVENT);
    await expect(session.register("com.a")).rejects.toThrow(
      "waited for REGISTERED to request 1: nothing arrived within 3 turns of the event loop; unread messages: EVENT",
    );
    const closing = thrown(session.register("com.a"));
    session.disconnect();
    expect(String(await closing)).toContain("waited for REGISTERED to request 2: the connection closed; unread");
  });
});

describe("a call", () => {
  it("waits for its own RESULT, whichever comes first", async () => {
    const { session, line } = connected();
    const [first, second] = [session.call("com.a", { args: [1] }), session.call("com.b")];
    line.deliver(result(2, ["two"]), result(1, ["one"]));
    expect([(await first).args, (await second).args]).toEqual([["one"], ["two"]]);
    expect(line.sent).toMatchObject([
      { type: M.CALL, request: 1, procedure: "com.a", payload: { args: [1] } },
      { type: M.CALL, request: 2, procedure: "com.b" },
    ]);
  });

  it("waits for the last RESULT; progressive ones stay unread", async () => {
    const { session, line } = connected();
    const called = session.call("com.a", {}, { receive_progress: true });
    line.deliver(result(1, ["a"], true), result(1, ["b"], true), result(1, ["end"]));
    expect((await called).args).toEqual(["end"]);
    expect(session.unread).toMatchObject([{ payload: { args: ["a"] } }, { payload: { args: ["b"] } }]);
  });
});

it("sends what needs no reply, with request ids of its own, and leaves", async () => {
  const { session, line } = connected();
  expect([session.sendCall("com.a"), session.publish("com.b")]).toEqual([1, 2]);
  session.yield(1, { args: [2] });
  session.fail(2, "com.error");
  const leaving = session.leave();
  line.deliver({ type: M.GOODBYE, details: {}, reason: "wamp.close.goodbye_and_out" });
  expect((await leaving).reason).toBe("wamp.close.goodbye_and_out");
  expect(line.sent.map(({ type }) => type)).toEqual([M.CALL, M.PUBLISH, M.YIELD, M.ERROR, M.GOODBYE]);
});
