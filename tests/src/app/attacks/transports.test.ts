// Attacks on what lies before a session, over every transport: HTTP, long-poll, WebSocket frames, RawSocket handshakes,
// PROXY headers, cookies; and on what is kept for subscribers: history and retained events.
import { deflateRawSync } from "node:zlib";
import type { Socket } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { RouterProcess } from "../../support/router-process.js";
import { until } from "../../support/wait.js";
import { Attacker, ended, frame, openSocket, upgrade } from "./attacker.js";
import { withOtherClient } from "./other-client.js";
import { expectSound, logged, startRouterOfTransports } from "./router-under-attack.js";

let router: RouterProcess;
/** The transport that speaks everything, and the one behind a proxy. */
let everything = "";
let behindProxy = "";

beforeAll(async () => {
  router = await startRouterOfTransports();
  [everything = "", behindProxy = ""] = router.urls;
});

afterEach(() => expectSound(router));

afterAll(() => router.kill());

/** Fragments without a byte of one message. The router takes 1024, and one more for each byte. */
const FRAGMENTS = 1000;

const COST = { cpuSeconds: 10, memory: 150, newcomers: true };

/** Lets `count` clients do the same at once. */
const each = <T>(count: number, act: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => act(index)));

/** Resolves when a socket has been answered so many HTTP requests with this status. */
async function answers(socket: Socket, status: number, count: number): Promise<void> {
  let text = "";
  const onData = (data: Buffer): void => void (text += data.toString("latin1"));
  socket.on("data", onData);
  await until(`${count} answers with ${status}`, () => text.split(`HTTP/1.1 ${status} `).length > count);
  socket.off("data", onData);
}

test("long-poll sessions that are opened and never fetched", async () => {
  const body = '{"protocols":["wamp.2.json"]}';
  const open = `POST /longpoll/open HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  await withOtherClient(
    "long-poll sessions that nobody fetches",
    router,
    async () => {
      await each(10, async () => {
        const socket = await openSocket(everything);
        for (let round = 0; round < 10; round++) {
          socket.write(open.repeat(30));
          await answers(socket, 200, 30);
        }
        socket.destroy();
      });
    },
    COST,
  );
  await logged(router, { limit: "connections" });
});

// The router parses few of those behind the 33rd, which gets 429; whoever does not read is dropped all the same.
test("thousands of requests on one socket, whose answers are read or not", async () => {
  await withOtherClient(
    "pipelined requests",
    router,
    async () => {
      await each(20, async (index) => {
        const socket = await openSocket(everything);
        if (index % 2 === 0) socket.pause();
        socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(20_000));
        await ended(socket);
      });
    },
    COST,
  );
  await logged(router, { msg: "requests wait for an answer on one socket" });
});

/** A message in `count` fragments without a byte, and one with its text. */
function fragmented(count: number, text: Buffer, compressed = false): Buffer {
  const [first, more, last] = [frame(1, Buffer.alloc(0)), frame(0, Buffer.alloc(0)), frame(0, text)];
  first[0] = compressed ? 0x41 : 0x01;
  more[0] = 0x00;
  return Buffer.concat([first, ...Array<Buffer>(count - 1).fill(more), last]);
}

const HELLO = Buffer.from('[1,"realm1",{"roles":{"publisher":{}}}]');
const PUBLISH = Buffer.from('[16,1,{},"com.attack.topic"]');

test("messages in thousands of fragments without a byte", async () => {
  await withOtherClient(
    "empty fragments",
    router,
    async () => {
      const message = fragmented(FRAGMENTS, PUBLISH);
      await each(10, async () => {
        const socket = await upgrade(everything);
        socket.write(frame(1, HELLO));
        for (let count = 0; count < 100; count++) socket.write(message);
        socket.write(fragmented(20_000, PUBLISH));
        await ended(socket);
      });
    },
    COST,
  );
});

test("compressed messages in thousands of fragments without a byte", async () => {
  await withOtherClient(
    "empty compressed fragments",
    router,
    async () => {
      const message = fragmented(FRAGMENTS, deflateRawSync(PUBLISH).subarray(0, -4), true);
      await each(10, async () => {
        const socket = await upgrade(everything, "permessage-deflate; client_no_context_takeover");
        socket.write(frame(1, HELLO));
        for (let count = 0; count < 10; count++) socket.write(message);
        socket.write(fragmented(20_000, PUBLISH, true));
        await ended(socket);
      });
    },
    COST,
  );
});

test("RawSocket handshakes that stop after one, two or three bytes", async () => {
  await withOtherClient(
    "halves of RawSocket handshakes",
    router,
    async () => {
      await each(90, async (index) => {
        const socket = await openSocket(everything);
        socket.write(Buffer.from([0x7f, 0xf1, 0]).subarray(0, (index % 3) + 1));
        await ended(socket);
      });
    },
    COST,
  );
  await logged(router, { limit: "handshake-timeout" });
});

test("PROXY headers: garbage, far too long, never finished", async () => {
  const signature = Buffer.from("0d0a0d0a000d0a515549540a", "hex");
  const starts = [
    Buffer.from("GET / HTTP/1.1\r\n\r\n"),
    Buffer.alloc(100_000, "PROXY TCP4 "),
    Buffer.from("PROXY TCP4 999.1.1.1 1.1.1.1 1 1\r\n"),
    Buffer.from("PROXY TCP6 "),
    Buffer.concat([signature, Buffer.from([0x21, 0x11, 0xff, 0xff])]),
    Buffer.concat([signature, Buffer.from([0x21, 0x11, 0x10, 0])]),
    Buffer.concat([signature, Buffer.from([0x99, 0x11, 0, 0])]),
    signature.subarray(0, 5),
  ];
  await withOtherClient(
    "PROXY headers",
    router,
    async () => {
      await each(80, async (index) => {
        const socket = await openSocket(behindProxy);
        socket.setNoDelay(true);
        socket.write(starts[index % starts.length]!);
        const trickle = setInterval(() => socket.writable && socket.write("x"), 20);
        await ended(socket).finally(() => clearInterval(trickle));
      });
    },
    COST,
  );
  await logged(router, { msg: "did not begin with a PROXY header" });
});

test("cookies: thousands in a handshake, forged ones, and logins by one that is valid", async () => {
  await withOtherClient(
    "cookies",
    router,
    async () => {
      const many = Array.from({ length: 2000 }, (_, index) => `kreuz=${index % 10}`).join(";");
      for (let round = 0; round < 10; round++) {
        const attackers = await each(10, () => Attacker.connect(everything, { headers: { cookie: many } }));
        for (const attacker of attackers) attacker.end();
      }
      const joe = await Attacker.connect(everything);
      expect(await login(joe, ["ticket"])).toBe("joe");
      const [cookie = ""] = joe.cookies;
      const forged = cookie.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));
      for (let round = 0; round < 10; round++) {
        const attackers = await each(10, () => Attacker.connect(everything, { headers: { cookie: forged } }));
        for (const attacker of attackers) {
          expect(await login(attacker, ["cookie"])).toBe("wamp.error.no_matching_auth_method");
          attacker.end();
        }
      }
      for (let round = 0; round < 10; round++) {
        const others = await each(10, () => Attacker.connect(everything, { headers: { cookie } }));
        for (const other of others) {
          expect(await login(other, ["cookie"])).toBe("joe");
          other.end();
        }
      }
      joe.end();
    },
    COST,
  );
});

/** @returns the authid, or the URI of the refusal. */
async function login(attacker: Attacker, authmethods: readonly string[]): Promise<unknown> {
  attacker.send([1, "realm1", { roles: { caller: {} }, authmethods, authid: "joe" }]);
  await until("an answer", () => attacker.received.length > 0);
  if (attacker.all(4).length > 0) attacker.send([5, "a secret of joe", {}]);
  await until("WELCOME or ABORT", () => attacker.all(2).length + attacker.all(3).length > 0);
  const [welcome] = attacker.all(2);
  return welcome === undefined ? attacker.all(3)[0]![2] : (welcome[2] as { readonly authid: string }).authid;
}

test("a thousand questions for the history at once", async () => {
  await withOtherClient(
    "history queries",
    router,
    async () => {
      const attackers = await Attacker.joinMany(everything, 10);
      const [publisher] = attackers as [Attacker];
      for (let request = 1; request <= 20_000; request++)
        publisher.send([16, request, { acknowledge: request % 1000 === 0 }, `com.attack.h${request % 100}`, [request]]);
      await publisher.receives(17, 20);
      await each(10, async (index) => {
        const attacker = attackers[index]!;
        attacker.send([32, 1, { match: "prefix" }, "com.attack."]);
        const [, , subscription] = await attacker.receives(33);
        for (let request = 2; request <= 101; request++)
          attacker.send([48, request, {}, "wamp.subscription.get_events", [subscription], { limit: 1000 }]);
        await until("the answers", () => attacker.all(50).length + attacker.all(8).length >= 100);
        expect(attacker.all(50).length).toBeGreaterThan(0);
        attacker.end();
      });
    },
    { ...COST, memory: 250 },
  );
});

test("retained events of thousands of topics, replayed to wildcard subscriptions", async () => {
  await withOtherClient(
    "retained events by wildcards",
    router,
    async () => {
      const attackers = await Attacker.joinMany(everything, 10);
      const publisher = await Attacker.join(everything);
      for (let request = 1; request <= 5000; request++)
        publisher.send([
          16,
          request,
          { retain: true, acknowledge: request % 1000 === 0 },
          `com.attack.r${request}.x`,
          [1],
        ]);
      await publisher.receives(17, 5);
      await each(10, async (index) => {
        const attacker = attackers[index]!;
        const patterns = ["com.attack..x", "com.attack..", "com.attack..y", "com.attack.r1."];
        for (const [request, pattern] of patterns.entries())
          attacker.send([32, request + 10_000, { match: "wildcard", get_retained: true }, pattern]);
        await until("the retained events", () => attacker.all(36).length >= 10_001);
        attacker.end();
      });
      publisher.end();
    },
    COST,
  );
});

test("the router stops cleanly afterwards", async () => {
  expect(await router.stop()).toBe(0);
});
