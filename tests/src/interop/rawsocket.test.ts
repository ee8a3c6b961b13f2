// Tests our RawSocket listeners with Autobahn|JS, which supports RawSocket on Node.js.
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createJsonCodec } from "@kreuz/codec/json";
import { allowAll, anonymous, type Router } from "@kreuz/router";
import { sessionMeta } from "@kreuz/session-meta";
import { listenRawSocket, listenUniversal, type TransportListener } from "@kreuz/transport-node";
import * as autobahn from "autobahn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRouters } from "../support/index.js";
import { inTime } from "../support/wait.js";

const REALM = "com.example.realm";
const UNIX_PATH = join(tmpdir(), `kreuz-${randomBytes(6).toString("hex")}-`);

// It logs every connection that closes.
autobahn.log.warn = () => {};

type Where = "tcp" | "unix" | "universal";

let routers: readonly Router[];
/** Of each node: sessions come to them by turns. */
let listeners: readonly Readonly<Record<Where, TransportListener>>[];
let opened = 0;

beforeAll(async () => {
  routers = await openRouters({
    realms: [
      {
        uri: REALM,
        authorizer: allowAll,
        authenticators: [anonymous({ authrole: "anybody" })],
        plugins: [sessionMeta()],
      },
    ],
  });
  const codecs = [createJsonCodec()];
  listeners = await Promise.all(
    routers.map(async (router, number) => ({
      tcp: await listenRawSocket(router, { codecs, port: 0 }),
      unix: await listenRawSocket(router, { codecs, unix: { path: `${UNIX_PATH}${number}` } }),
      universal: await listenUniversal(router, { codecs, port: 0 }),
    })),
  );
});

afterAll(async () => {
  await routers[0]!.close();
  await Promise.all(listeners.flatMap((each) => Object.values(each).map((listener) => listener.close())));
});

/** Opens a session of Autobahn over RawSocket. */
function open(where: Where): Promise<{ readonly session: autobahn.Session; close(): Promise<string> }> {
  const number = opened++ % routers.length;
  const target =
    where === "unix" ? { path: `${UNIX_PATH}${number}` } : { host: "127.0.0.1", port: listeners[number]![where].port };
  const options = { transports: [{ type: "rawsocket", ...target }], realm: REALM, retry_if_unreachable: false };
  const connection = new autobahn.Connection(options as unknown as autobahn.ConnectionOptions);
  const opening = new Promise<{ session: autobahn.Session; close(): Promise<string> }>((resolve, reject) => {
    const closed = new Promise<string>((ended) => {
      // oxlint-disable-next-line unicorn/prefer-add-event-listener -- it is a property of Autobahn, not an event
      connection.onclose = (reason) => {
        reject(new Error(reason));
        ended(reason);
        return true;
      };
    });
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- it is a property of Autobahn, not an event
    connection.onopen = (session) =>
      resolve({
        session,
        close() {
          connection.close();
          return closed;
        },
      });
    connection.open();
  });
  return inTime("a session", opening);
}

describe.each(["tcp", "unix", "universal"] as const)("Autobahn|JS over RawSocket (%s)", (where) => {
  test("calls, is called, publishes, gets events, and leaves", async () => {
    const [one, other] = [await open(where), await open(where)];
    await one.session.register("com.example.add", ([a, b]) => Number(a) + Number(b));
    expect(await inTime("a result", Promise.resolve(other.session.call("com.example.add", [20, 22])))).toBe(42);
    let heard: (args: readonly unknown[]) => void = () => {};
    const event = new Promise<readonly unknown[]>((resolve) => {
      heard = resolve;
    });
    await one.session.subscribe("com.example.topic", heard);
    await other.session.publish("com.example.topic", ["x".repeat(100_000), "ü"], {}, { acknowledge: true });
    expect(await inTime("an event", event)).toEqual(["x".repeat(100_000), "ü"]);
    const info = (await one.session.call("wamp.session.get", [other.session.id])) as { readonly transport: object };
    expect(info.transport).toEqual({
      type: "rawsocket",
      protocol: "wamp.2.json",
      serializer: "json",
      ...(where === "unix" ? {} : { peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/) }),
    });
    expect(await inTime("the end", other.close())).toBe("closed");
    expect(await inTime("the end", one.close())).toBe("closed");
  });
});
