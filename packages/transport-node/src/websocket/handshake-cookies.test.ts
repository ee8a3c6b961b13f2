import type { Connection } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { Endpoint } from "@kreuz/testkit";
import { afterEach, expect, it } from "vitest";
import { WebSocket } from "ws";
import { listenWebSocket } from "../listen/listen.js";
import type { TransportListener } from "../server/listen-options.js";
import type { HandshakeCookies } from "./websocket-protocol.js";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

interface Place {
  readonly listener: TransportListener;
  readonly connections: Connection[];
  readonly errors: Error[];
  readonly limits: string[];
}

async function listen(cookies?: HandshakeCookies): Promise<Place> {
  const connections: Connection[] = [];
  const errors: Error[] = [];
  const limits: string[] = [];
  const acceptor = {
    accept(connection: Connection) {
      connections.push(connection);
      return new Endpoint().accept(connection);
    },
  };
  const onError = (error: Error): void => void errors.push(error);
  const listener = await listenWebSocket(acceptor, {
    codecs: [json],
    port: 0,
    onError,
    onLimit: (limit) => void limits.push(limit),
    ...(cookies === undefined ? {} : { cookies }),
  });
  cleanups.push(() => listener.close());
  return { listener, connections, errors, limits };
}

/** Opens a WebSocket. @returns the `Set-Cookie` headers of the answer. */
function open({ listener }: Place, cookie?: string): Promise<readonly string[]> {
  const headers = cookie === undefined ? {} : { cookie };
  const socket = new WebSocket(listener.url, ["wamp.2.json"], { headers });
  cleanups.push(() => socket.terminate());
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    let setCookies: readonly string[] = [];
    socket.once("upgrade", (response) => (setCookies = response.headers["set-cookie"] ?? []));
    socket.once("open", () => resolve(setCookies));
  });
}

it("a cookie is read and set in the opening handshake, and is evidence and nothing else", async () => {
  const asked: unknown[] = [];
  const place = await listen((request) => {
    asked.push(request);
    return request.cookieHeader === undefined
      ? { id: "new", setCookie: "kreuz=new; HttpOnly" }
      : { id: "old", nextId: "next" };
  });
  expect(await open(place)).toEqual(["kreuz=new; HttpOnly"]);
  expect(await open(place, "kreuz=old")).toEqual([]);
  expect(asked).toEqual([
    { cookieHeader: undefined, tls: false },
    { cookieHeader: "kreuz=old", tls: false },
  ]);
  expect(place.connections.map(({ evidence }) => evidence?.cookie)).toEqual(["new", "old"]);
  expect(place.connections.map(({ evidence }) => evidence?.nextCookie)).toEqual([undefined, "next"]);
  expect(JSON.stringify(place.connections.map(({ transport }) => transport))).not.toMatch(/new|old|next/);
});

it("more cookies than are looked at are counted", async () => {
  const place = await listen(({ cookieHeader }) => ({ id: "x", tooMany: cookieHeader !== undefined }));
  await open(place);
  expect(place.limits).toEqual([]);
  await open(place, "kreuz=x");
  expect(place.limits).toEqual(["cookies"]);
});

it("no cookie is read or set by default", async () => {
  const place = await listen();
  expect(await open(place, "kreuz=x")).toEqual([]);
  expect(place.connections[0]?.evidence?.cookie).toBeUndefined();
});

it("a connection has no cookie if the hook throws, which is reported", async () => {
  const place = await listen(() => {
    throw new Error("the store is gone");
  });
  expect(await open(place)).toEqual([]);
  expect(place.connections[0]?.evidence?.cookie).toBeUndefined();
  expect(place.errors).toMatchObject([{ message: "the store is gone" }]);
});
