// Attacks by connecting. Each is refused with a line in the log, while another client is served as ever.
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { RouterProcess } from "../../support/router-process.js";
import { expectSound, logged, startAttacked } from "./router-under-attack.js";
import { Attacker, ended, frame, openSocket, upgrade } from "./attacker.js";
import { besides } from "./other-client.js";

let router: RouterProcess;

beforeAll(async () => {
  router = await startAttacked();
});

afterEach(() => expectSound(router));

afterAll(() => router.kill());

test("slowloris: handshakes that come one byte at a time", async () => {
  await besides("slowloris", router.url, async () => {
    const sockets = await Promise.all(Array.from({ length: 10 }, () => openSocket(router.url)));
    const request = `GET /ws HTTP/1.1\r\nHost: localhost\r\nX-Padding: ${"x".repeat(10_000)}`;
    for (let byte = 0; byte < 8; byte++) {
      for (const socket of sockets) socket.write(request[byte]!);
      await delay(150);
    }
    await Promise.all(sockets.map(ended));
  });
  await logged(router, { limit: "handshake-timeout" });
});

test("sockets that say nothing, more than there may be before their handshake", async () => {
  await besides("silent sockets", router.url, async () => {
    const sockets = await Promise.all(Array.from({ length: 60 }, () => openSocket(router.url)));
    await Promise.all(sockets.map(ended));
  });
  await logged(router, { limit: "pending-handshakes" });
});

test("a silent client: connected, and no HELLO", async () => {
  await besides("silent clients", router.url, async () => {
    for (const attacker of await Attacker.crowd(router.url, 50)) {
      const [, , reason] = await attacker.hears(3);
      expect(reason).toBe("wamp.error.timeout");
      expect(await attacker.closed).toBe(1008);
    }
  });
  await logged(router, { limit: "limit_handshake_timeout" });
  await logged(router, { reason: "wamp.error.timeout", msg: "no HELLO within 1000 ms" });
});

test("half-open: a client that is gone without a word, and answers no ping", async () => {
  await besides("half-open sockets", router.url, async () => {
    const sockets = await Promise.all(Array.from({ length: 20 }, () => upgrade(router.url)));
    const hello = frame(1, Buffer.from('[1,"realm1",{"roles":{"subscriber":{}}}]'));
    for (const socket of sockets) socket.write(hello);
    await Promise.all(sockets.map(ended));
  });
  await logged(router, { limit: "keep-alive-timeout" });
  await logged(router, { msg: "session left", message: "the peer did not answer a ping" });
});

test("more connections than there may be", async () => {
  await besides("too many connections", router.url, async () => {
    const open: Attacker[] = [];
    const refusals: string[] = [];
    // Few at a time, or it is the handshakes that are too many; and joined, or they would be silent ones.
    while (refusals.length < 20) {
      const attempts = Array.from({ length: 10 }, () => Attacker.join(router.url));
      for (const attempt of await Promise.allSettled(attempts))
        if (attempt.status === "fulfilled") open.push(attempt.value);
        else refusals.push(String(attempt.reason));
    }
    expect(open.length).toBeLessThanOrEqual(198);
    expect(refusals.some((reason) => reason.includes("503"))).toBe(true);
    for (const attacker of open) attacker.end();
  });
  await logged(router, { limit: "connections" });
});

test("HELLO flood: one after the other on new connections, for a realm that is not there", async () => {
  await besides("HELLO flood", router.url, async () => {
    for (let round = 0; round < 20; round++) {
      const attackers = await Attacker.crowd(router.url, 10);
      for (const attacker of attackers) attacker.say([1, `com.nowhere.r${round}`, { roles: { caller: {} } }]);
      for (const attacker of attackers) {
        expect((await attacker.hears(3))[2]).toBe("wamp.error.no_such_realm");
        await attacker.closed;
      }
    }
  });
  await logged(router, { reason: "wamp.error.no_such_realm" });
});

test("HELLO flood: sessions that come and go on one connection", async () => {
  await besides("joins on one connection", router.url, async () => {
    const attacker = await Attacker.connect(router.url);
    for (let round = 0; round < 500; round++) {
      attacker.say([1, "realm1", { roles: { caller: {} } }]);
      attacker.say([6, {}, "wamp.close.close_realm"]);
    }
    await attacker.hears(2, 60);
    await delay(1500);
    // One in a second from then on.
    expect(attacker.heard.filter(([type]) => type === 2).length).toBeLessThan(70);
    attacker.end();
  });
  await logged(router, { limit: "limit_joins_per_minute" });
});

test("a second HELLO ends the session", async () => {
  const attacker = await Attacker.join(router.url);
  attacker.say([1, "realm1", { roles: { caller: {} } }]);
  expect((await attacker.hears(3))[2]).toBe("wamp.error.protocol_violation");
  expect(await attacker.closed).toBe(1002);
  await logged(router, { reason: "wamp.error.protocol_violation", msg: "HELLO after the session was established" });
});

test("and the router ends as it should", async () => {
  expect(await router.stop()).toBe(0);
});
