// Attacks by connecting. The router refuses and logs each one, and keeps serving another client.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { RouterProcess } from "../../support/router-process.js";
import { inTime } from "../../support/wait.js";
import { Attacker, ended, frame, openSocket, upgrade } from "./attacker.js";
import { withOtherClient } from "./other-client.js";
import { expectSound, logged, startRouterUnderAttack } from "./router-under-attack.js";

describe("clients that never finish what they start", () => {
  let router: RouterProcess;

  beforeAll(async () => {
    router = await startRouterUnderAttack({ impatient: true });
  });
  afterEach(() => expectSound(router));
  afterAll(() => router.kill());

  test("slowloris: opening handshakes that come byte by byte", async () => {
    await withOtherClient("slowloris", router, async () => {
      const sockets = await Promise.all(Array.from({ length: 10 }, () => openSocket(router.url)));
      const request = `GET /ws HTTP/1.1\r\nHost: localhost\r\nX-Padding: ${"x".repeat(10_000)}`;
      let byte = 0;
      const trickle = setInterval(() => {
        for (const socket of sockets) if (socket.writable) socket.write(request[byte]!);
        byte++;
      }, 100);
      await Promise.all(sockets.map(ended)).finally(() => clearInterval(trickle));
    });
    await logged(router, { limit: "handshake-timeout" });
  });

  test("silent sockets: more than the limit of pending handshakes", async () => {
    await withOtherClient("silent sockets", router, async () => {
      const sockets = await Promise.all(Array.from({ length: 60 }, () => openSocket(router.url)));
      await Promise.all(sockets.map(ended));
    });
    await logged(router, { limit: "pending-handshakes" });
  });

  test("silent clients: they connect and send no HELLO", async () => {
    await withOtherClient("silent clients", router, async () => {
      for (const attacker of await Attacker.connectMany(router.url, 50)) {
        const [, , reason] = await attacker.receives(3);
        expect(reason).toBe("wamp.error.timeout");
        expect(await attacker.closed).toBe(1008);
      }
    });
    await logged(router, { limit: "limit_handshake_timeout" });
    await logged(router, { reason: "wamp.error.timeout", msg: "no HELLO within 2000 ms" });
  });

  test("half-open connections: clients that are gone and answer no ping", async () => {
    await withOtherClient("half-open connections", router, async () => {
      const sockets = await Promise.all(Array.from({ length: 20 }, () => upgrade(router.url)));
      const hello = frame(1, Buffer.from('[1,"realm1",{"roles":{"subscriber":{}}}]'));
      for (const socket of sockets) socket.write(hello);
      await Promise.all(sockets.map(ended));
    });
    await logged(router, { limit: "keep-alive-timeout" });
    await logged(router, { msg: "session left", message: "the peer did not answer a ping" });
  });

  test("the router stops cleanly afterwards", async () => {
    expect(await router.stop()).toBe(0);
  });
});

describe("clients that connect or join too often", () => {
  let router: RouterProcess;

  beforeAll(async () => {
    router = await startRouterUnderAttack();
  });
  afterEach(() => expectSound(router));
  afterAll(() => router.kill());

  test("more connections than the limit", async () => {
    await withOtherClient("too many connections", router, async () => {
      const open: Attacker[] = [];
      const refusals: string[] = [];
      // Ten at a time: more would exceed the limit of pending handshakes.
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

  test("HELLO flood: new connections one after the other, for realms that do not exist", async () => {
    await withOtherClient("HELLO flood", router, async () => {
      for (let round = 0; round < 20; round++) {
        const attackers = await Attacker.connectMany(router.url, 10);
        for (const attacker of attackers) attacker.send([1, `com.nowhere.r${round}`, { roles: { caller: {} } }]);
        for (const attacker of attackers) {
          expect((await attacker.receives(3))[2]).toBe("wamp.error.no_such_realm");
          await inTime("the end of the connection", attacker.closed);
        }
      }
    });
    await logged(router, { reason: "wamp.error.no_such_realm" });
  });

  test("HELLO flood: sessions one after the other on one connection", async () => {
    await withOtherClient("joins on one connection", router, async () => {
      const attacker = await Attacker.connect(router.url);
      const start = performance.now();
      for (let round = 0; round < 500; round++) {
        attacker.send([1, "realm1", { roles: { caller: {} } }]);
        attacker.send([6, {}, "wamp.close.close_realm"]);
      }
      await attacker.receives(2, 63);
      // 60 at once, then one in each second. However slow this machine is, there cannot be more.
      const allowed = 60 + (performance.now() - start) / 1000;
      expect(attacker.all(2).length).toBeLessThanOrEqual(Math.ceil(allowed) + 1);
      expect(allowed).toBeGreaterThan(61);
      attacker.end();
    });
    await logged(router, { limit: "limit_joins_per_minute" });
  });

  test("a second HELLO ends the session", async () => {
    const attacker = await Attacker.join(router.url);
    attacker.send([1, "realm1", { roles: { caller: {} } }]);
    expect((await attacker.receives(3))[2]).toBe("wamp.error.protocol_violation");
    expect(await attacker.closed).toBe(1002);
    await logged(router, { reason: "wamp.error.protocol_violation", msg: "HELLO after the session was established" });
  });

  test("the router stops cleanly afterwards", async () => {
    expect(await router.stop()).toBe(0);
  });
});
