import { Agent, request as httpRequest } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { settle } from "@kreuz/testkit";
import { type HttpAnswer, post } from "../testing/longpoll-client.js";
import { openListener, type OpenListener } from "../testing/open-listener.js";
import { listenWebSocket, type WebSocketListenOptions } from "../listen/listen.js";
import type { LongPollOptions } from "./longpoll-protocol.js";

/** A listener with long-poll, and the address of its endpoint. */
async function open(
  longPoll: LongPollOptions = {},
  options: Partial<WebSocketListenOptions> = {},
): Promise<OpenListener & { readonly url: string }> {
  const opened = await openListener(listenWebSocket, { longPoll, ...options });
  return { ...opened, url: `http://127.0.0.1:${opened.port}${longPoll.path ?? "/longpoll"}` };
}

const ask = (protocol: string): string => JSON.stringify({ protocols: [protocol] });
const statusAndText = ({ status, body }: HttpAnswer): [number, string] => [status, body.toString()];

/** The address of a fresh session. */
async function session(url: string, protocol = "wamp.2.json"): Promise<string> {
  const { body } = await post(`${url}/open`, ask(protocol));
  return `${url}/${(JSON.parse(body.toString()) as { readonly transport: string }).transport}`;
}

describe("long-poll: open", () => {
  it("chooses a protocol and creates a transport with an unguessable id", async () => {
    const server = await open();
    const answer = await post(
      `${server.url}/open?x=1`,
      '{"protocols":["wamp.2.unknown","wamp.2.json.batched","wamp.2.json"]}',
    );
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body.toString())).toEqual({
      protocol: "wamp.2.json.batched",
      transport: expect.stringMatching(/^[\w-]{24}$/),
    });
    const { transport } = (await server.end()).connection;
    expect(transport).toMatchObject({ type: "longpoll", protocol: "wamp.2.json.batched", serializer: "json" });
    expect(transport.peer).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it.each(["", "[]", "null", "{}", '{"protocols":"wamp.2.json"}', '{"protocols":["wamp.2.unknown"]}'])(
    "is refused with 400: %#",
    async (body) => {
      const server = await open();
      expect((await post(`${server.url}/open`, body)).status).toBe(400);
      expect(server.ends).toEqual([]);
    },
  );

  it("is refused with 413 when the list is long, and that is counted", async () => {
    const server = await open();
    const { status, body } = await post(`${server.url}/open`, "x".repeat(5000));
    expect([status, body.toString()]).toEqual([413, "the body is larger than 4096 bytes\n"]);
    expect(server.limits).toEqual(["request-bytes"]);
  });

  it("has a configurable path, and is off by default", async () => {
    const server = await open({ path: "/lp/" });
    expect((await post(`http://127.0.0.1:${server.port}/lp/open`, ask("wamp.2.json"))).status).toBe(200);
    expect((await post(`http://127.0.0.1:${server.port}/longpoll/open`, ask("wamp.2.json"))).status).toBe(404);
    const without = await openListener(listenWebSocket);
    expect((await post(`http://127.0.0.1:${without.port}/longpoll/open`, ask("wamp.2.json"))).status).toBe(404);
  });

  it("is bounded like every other connection", async () => {
    const server = await open({}, { maxConnections: 1 });
    await session(server.url);
    expect((await post(`${server.url}/open`, ask("wamp.2.json"))).status).toBe(503);
    expect(server.limits).toEqual(["connections"]);
    const second = await open({}, { maxConnectionsPerAddress: 2 });
    for (const status of [200, 200, 429])
      expect((await post(`${second.url}/open`, ask("wamp.2.json"))).status).toBe(status);
  });

  it("refuses pages of other origins, and answers those of listed ones", async () => {
    const server = await open({}, { origins: ["https://app.example"] });
    const from = (origin: string, method = "POST"): Promise<HttpAnswer> =>
      post(`${server.url}/open`, method === "POST" ? ask("wamp.2.json") : "", { method, headers: { Origin: origin } });
    expect((await from("https://evil.example")).status).toBe(403);
    expect((await from("https://evil.example", "OPTIONS")).status).toBe(403);
    const friend = await from("https://app.example");
    expect(friend.headers["access-control-allow-origin"]).toBe("https://app.example");
    expect((await from("https://app.example", "OPTIONS")).status).toBe(204);
    expect(server.limits).toEqual(["origin", "origin"]);
  });
});

describe("long-poll: receive", () => {
  it("gives one message per request, in order, unchanged", async () => {
    const server = await open();
    const base = await session(server.url);
    const end = await server.end();
    end.send("[1]");
    end.send("[2]");
    expect(statusAndText(await post(`${base}/receive`))).toEqual([200, "[1]"]);
    expect(statusAndText(await post(`${base}/receive`))).toEqual([200, "[2]"]);
    const waiting = post(`${base}/receive`);
    await settle(20);
    end.send("[3]");
    expect(statusAndText(await waiting)).toEqual([200, "[3]"]);
  });

  it("gives all of them in a batch", async () => {
    const server = await open();
    const base = await session(server.url, "wamp.2.json.batched");
    const end = await server.end();
    end.send("[1]");
    end.send("[2]");
    expect(statusAndText(await post(`${base}/receive`))).toEqual([200, "[1]\x1e[2]\x1e"]);
  });

  it("is answered with 204 after a while without messages", async () => {
    const server = await open({ receiveTimeout: 1000 });
    const base = await session(server.url);
    const waiting = post(`${base}/receive`);
    // One for the session, until the request is there; then one for the request.
    await settle(50);
    server.clock.advance(1000);
    expect(statusAndText(await waiting)).toEqual([204, ""]);
  });

  it("allows one request at a time", async () => {
    const server = await open();
    const base = await session(server.url);
    const first = post(`${base}/receive`);
    await settle(50);
    expect((await post(`${base}/receive`)).status).toBe(409);
    (await server.end()).send("[1]");
    expect((await first).status).toBe(200);
  });

  it("can be repeated when the client has aborted the first request", async () => {
    const server = await open();
    const base = await session(server.url);
    const gone = httpRequest(`${base}/receive`, { method: "POST", agent: false });
    gone.on("error", () => {});
    gone.end();
    await settle(50);
    gone.destroy();
    await settle(50);
    (await server.end()).send("[1]");
    expect(statusAndText(await post(`${base}/receive`))).toEqual([200, "[1]"]);
  });

  it("drops a session whose client no longer asks", async () => {
    const server = await open({ sessionTimeout: 2000 });
    const base = await session(server.url);
    server.clock.advance(2000);
    expect(await (await server.end()).closed()).toEqual(new Error("the peer did not ask for messages within 2000 ms"));
    expect(server.limits).toEqual(["session-timeout"]);
    expect((await post(`${base}/receive`)).status).toBe(404);
    expect(server.listener.connections).toBe(0);
  });
});

describe("long-poll: send and close", () => {
  it.each([
    [{}, 204],
    [{ strictStatus: true }, 202],
  ])("answer with %o: %i", async (options, status) => {
    const server = await open(options);
    const base = await session(server.url);
    expect((await post(`${base}/send`, "[1]")).status).toBe(status);
    expect((await server.end()).texts).toEqual(["[1]"]);
    expect((await post(`${base}/close`)).status).toBe(status);
    expect(await (await server.end()).closed()).toBeUndefined();
    expect((await post(`${base}/send`, "[1]")).status).toBe(404);
  });

  it("take batches", async () => {
    const server = await open();
    const base = await session(server.url, "wamp.2.json.batched");
    expect((await post(`${base}/send`, "[1]\x1e[2]\x1e")).status).toBe(204);
    expect((await server.end()).texts).toEqual(["[1]", "[2]"]);
    expect((await post(`${base}/send`, "")).status).toBe(400);
    expect((await post(`${base}/receive`)).status).toBe(410);
    expect((await (await server.end()).closed())?.message).toContain("an empty batch");
  });

  it("are answered when the messages have been delivered", async () => {
    const server = await open();
    const base = await session(server.url, "wamp.2.json.batched");
    const end = await server.end();
    expect((await post(`${base}/send`, "[1]\x1e".repeat(1000))).status).toBe(204);
    expect(end.frames.length).toBe(1000);
  });

  it("are held up while the router does not read", async () => {
    const server = await open();
    const base = await session(server.url);
    const end = await server.end();
    end.connection.pause();
    let answered = false;
    const sent = post(`${base}/send`, "[1]").then((answer) => {
      answered = true;
      return answer.status;
    });
    await settle(50);
    expect([answered, end.frames.length]).toEqual([false, 0]);
    end.connection.resume();
    expect(await sent).toBe(204);
    expect(end.texts).toEqual(["[1]"]);
  });

  it("refuse messages above the maximum", async () => {
    const server = await open({}, { maxMessageBytes: 1000 });
    const base = await session(server.url);
    expect((await post(`${base}/send`, "x".repeat(1001))).status).toBe(413);
    expect(server.limits).toEqual(["message-bytes"]);
  });

  it("tell the client of the end when it asks next", async () => {
    const server = await open();
    const base = await session(server.url);
    const end = await server.end();
    end.send("[6]");
    end.connection.close("policy-violation", "enough");
    expect(statusAndText(await post(`${base}/receive`))).toEqual([200, "[6]"]);
    expect(end.closes).toEqual([]);
    const [status, reason] = statusAndText(await post(`${base}/receive`));
    expect([status, reason.trim()]).toEqual([410, "the session was closed: policy-violation: enough"]);
    expect(await end.closed()).toBeUndefined();
  });

  it.each([
    ["POST", "/nobody/receive", 404],
    ["POST", "/SESSION/elsewhere", 404],
    ["POST", "/SESSION/send/more", 404],
    ["GET", "/SESSION/receive", 405],
  ])("%s %s is answered with %i", async (method, path, status) => {
    const server = await open();
    const base = await session(server.url);
    const url = `${server.url}${path}`.replace(`${server.url}/SESSION`, base);
    expect((await post(url, "", { method })).status).toBe(status);
  });
});

describe("long-poll: a listener that closes", () => {
  it("does not wait for clients that cannot come back", async () => {
    const server = await open();
    await session(server.url);
    const end = await server.end();
    await server.listener.close();
    expect(end.closes).toEqual([new Error("the listener closed before the client had fetched the end of the session")]);
    expect(server.clock.pending).toBe(0);
  });

  it("lets a client fetch the rest through a socket that is open", async () => {
    const server = await open();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const { body } = await post(`${server.url}/open`, ask("wamp.2.json"), { agent });
    const { transport } = JSON.parse(body.toString()) as { readonly transport: string };
    const end = await server.end();
    end.send("[1]");
    end.send("[2]");
    const closed = server.listener.close();
    const receive = (): Promise<HttpAnswer> => post(`${server.url}/${transport}/receive`, "", { agent });
    expect(statusAndText(await receive())).toEqual([200, "[1]"]);
    expect(statusAndText(await receive())).toEqual([200, "[2]"]);
    expect((await receive()).status).toBe(410);
    await closed;
    expect(end.closes).toEqual([undefined]);
    expect(server.clock.pending).toBe(0);
  });
});
