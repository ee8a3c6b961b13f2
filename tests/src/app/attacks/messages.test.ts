// Attacks by what a message says or how large it is. Each is refused with a line in the log, while another client is
// served as ever.
import { setTimeout as delay } from "node:timers/promises";
import { deflateRawSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
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

const VIOLATION = "wamp.error.protocol_violation";
const NOT_AUTHORIZED = "wamp.error.not_authorized";

/** Every message is sent by a client of its own, and ends its session with ABORT. */
async function aborted(messages: readonly string[]): Promise<void> {
  for (const message of messages) {
    const attacker = await Attacker.join(router.url);
    attacker.say(message);
    expect((await attacker.hears(3))[2], message.slice(0, 60)).toBe(VIOLATION);
    expect(await attacker.closed).toBe(1002);
  }
}

describe("size and depth", () => {
  test("a giant message: more than there may be", async () => {
    await besides("giant messages", router.url, async () => {
      for (let round = 0; round < 10; round++) {
        const attacker = await Attacker.join(router.url);
        attacker.say([16, 1, {}, "com.attack.topic", ["x".repeat(2_000_000)]]);
        expect(await attacker.closed).toBe(1009);
      }
    });
    await logged(router, { limit: "message-bytes" });
  });

  test("a giant message that only says that it is one", async () => {
    const socket = await upgrade(router.url);
    socket.write(Buffer.from([0x81, 0xff, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]));
    await ended(socket);
  });

  test("a deflate bomb: a few hundred bytes that unpack to many megabytes", async () => {
    const bomb = deflateRawSync(Buffer.from(`[16,1,{},"com.attack.topic",["${"a".repeat(100_000_000)}"]]`)).subarray(
      0,
      -4,
    );
    await besides("deflate bombs", router.url, async () => {
      for (let round = 0; round < 5; round++) {
        const socket = await openSocket(router.url);
        socket.write(
          "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: wamp.2.json\r\n" +
            "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; server_no_context_takeover\r\n\r\n",
        );
        await delay(50);
        const framed = frame(1, bomb);
        framed[0]! |= 0x40;
        socket.write(framed);
        await ended(socket);
      }
    });
    await logged(router, { limit: "message-bytes" });
  });

  test("deep nesting", async () => {
    await besides("deep nesting", router.url, async () => {
      for (const depth of [65, 10_000, 150_000]) {
        await aborted([`[16,1,{},"com.attack.topic",[${"[".repeat(depth)}${"]".repeat(depth)}]]`]);
        await aborted([`[16,1,{"_x":${'{"a":'.repeat(depth)}1${"}".repeat(depth)}},"com.attack.topic"]`]);
      }
    });
    await logged(router, { reason: VIOLATION });
  });

  test("very long URIs", async () => {
    const attacker = await Attacker.join(router.url);
    for (let request = 1; request <= 20; request++)
      attacker.say([32, request, {}, `com.attack.${"x".repeat(100_000)}`]);
    await attacker.hears(8, 20);
    expect(attacker.heard.filter(([type]) => type === 8).every((error) => error[4] === "wamp.error.invalid_uri")).toBe(
      true,
    );
    // The answer does not repeat what it refuses.
    expect(JSON.stringify(attacker.heard.at(-1)).length).toBeLessThan(300);
    await logged(router, { limit: "limit_uri_length" });
    attacker.end();
  });

  test("pings without end, whose answers are not read", async () => {
    await besides("ping flood", router.url, async () => {
      for (let round = 0; round < 10; round++) {
        const socket = await upgrade(router.url);
        socket.write(frame(1, Buffer.from('[1,"realm1",{"roles":{"subscriber":{}}}]')));
        socket.pause();
        const pings = Buffer.concat(Array.from({ length: 500 }, () => frame(9, Buffer.alloc(125))));
        for (let writes = 0; writes < 20; writes++) socket.write(pings);
        await ended(socket);
      }
    });
    await logged(router, { msg: "session left", message: "the connection was lost" });
  });
});

describe("names and numbers", () => {
  test("__proto__, constructor and their like in options, kwargs and roles", async () => {
    await besides("prototype keys", router.url, async () => {
      const attacker = await Attacker.connect(router.url);
      attacker.say(
        '[1,"realm1",{"roles":{"caller":{},"subscriber":{},"__proto__":{"features":{"x":true}}},"__proto__":{"authid":"root"}}]',
      );
      const welcome = await attacker.hears(2);
      expect(JSON.stringify(welcome)).not.toContain("root");
      attacker.say('[32,1,{"match":"exact"},"com.attack.topic"]');
      await attacker.hears(33);
      const publisher = await Attacker.join(router.url);
      const evil =
        '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":1,"hasOwnProperty":1}';
      publisher.say(
        `[16,1,{"__proto__":{"acknowledge":true},"exclude_me":false},"com.attack.topic",[${evil}],${evil}]`,
      );
      const event = await attacker.hears(36);
      // Payloads are carried as they are; what JSON makes of the key is the receiver's business.
      expect(JSON.stringify(event)).toContain('"constructor"');
      for (const [request, option] of ["constructor", "toString", "valueOf", "__defineGetter__"].entries())
        publisher.say(`[48,${request + 2},{"${option}":{"x":1}},"wamp.session.count"]`);
      await publisher.hears(50, 4);
      attacker.say('[48,2,{},"wamp.session.count",[],{"__proto__":{"polluted":1}}]');
      expect((await attacker.hears(50))[1]).toBe(2);
      for (const each of [attacker, publisher]) each.end();
    });
  });

  test("names that objects have anyway, as topic, procedure and realm", async () => {
    const attacker = await Attacker.join(router.url);
    for (const [request, uri] of ["__proto__", "constructor", "toString", "hasOwnProperty"].entries()) {
      attacker.say([48, request * 2 + 1, {}, uri]);
      attacker.say([32, request * 2 + 2, {}, uri]);
    }
    await attacker.hears(8, 8);
    expect(attacker.heard.filter(([type]) => type === 8).every((error) => error[4] === NOT_AUTHORIZED)).toBe(true);
    const stranger = await Attacker.connect(router.url);
    stranger.say([1, "__proto__", { roles: { caller: {} } }]);
    expect((await stranger.hears(3))[2]).toBe("wamp.error.no_such_realm");
    attacker.end();
  });

  test("huge ids, and those that are none", async () => {
    await besides("huge ids", router.url, () =>
      aborted([
        '[32,9007199254740994,{},"com.attack.topic"]',
        '[32,1e300,{},"com.attack.topic"]',
        '[32,-1,{},"com.attack.topic"]',
        '[32,0.5,{},"com.attack.topic"]',
        '[32,0,{},"com.attack.topic"]',
        '[32,"1",{},"com.attack.topic"]',
        "[34,1,1e400]",
        "[99999999999999999999,1]",
        "[]",
        "{}",
        "[16",
      ]),
    );
    await logged(router, { reason: VIOLATION, msg: "SUBSCRIBE.Request" });
  });
});

describe("forgeries", () => {
  test("YIELD and ERROR for calls that somebody else works on", async () => {
    await besides("forged YIELD and ERROR", router.url, async () => {
      const [callee, caller] = [await Attacker.join(router.url), await Attacker.join(router.url)];
      callee.say([64, 1, {}, "com.attack.procedure"]);
      await callee.hears(65);
      caller.say([48, 1, {}, "com.attack.procedure"]);
      const [, invocation] = await callee.hears(68);
      for (const forged of [
        [70, invocation, {}, ["forged"]],
        [8, 68, invocation, {}, "com.attack.forged"],
      ]) {
        const forger = await Attacker.join(router.url);
        forger.say(forged);
        expect((await forger.hears(3))[2]).toBe(VIOLATION);
      }
      callee.say([70, invocation, {}, ["genuine"]]);
      expect(await caller.hears(50)).toEqual([50, 1, {}, ["genuine"]]);
      expect(caller.heard).toHaveLength(2);
      for (const each of [callee, caller]) each.end();
    });
    await logged(router, { reason: VIOLATION, msg: "YIELD.Request" });
    await logged(router, { reason: VIOLATION, msg: "ERROR.Request" });
  });

  test("messages that only a router sends", async () => {
    await aborted([
      '[36,1,1,{},["forged"]]',
      "[2,1,{}]",
      "[68,1,1,{}]",
      "[50,1,{}]",
      "[33,1,1]",
      '[4,"ticket",{}]',
      "[69,1,{}]",
      "[35,0,{}]",
    ]);
  });

  test("events and procedures under wamp.", async () => {
    await besides("forged wamp. events", router.url, async () => {
      const attacker = await Attacker.join(router.url);
      attacker.say([16, 1, { acknowledge: true }, "wamp.session.on_join", [{ session: 1, authid: "root" }]]);
      attacker.say([64, 2, {}, "wamp.session.list"]);
      attacker.say([64, 3, { match: "prefix" }, "wamp."]);
      attacker.say([16, 4, { acknowledge: true, retain: true }, "wamp.topic"]);
      await attacker.hears(8, 4);
      const errors = attacker.heard.filter(([type]) => type === 8).map((error) => error[4]);
      expect(new Set(errors)).toEqual(new Set(["wamp.error.invalid_uri"]));
      attacker.end();
    });
  });
});

describe("more than the role may", () => {
  test("a subscription to everything", async () => {
    await besides("wildcard-everything", router.url, async () => {
      const attacker = await Attacker.join(router.url);
      const everything: [object, string][] = [
        [{ match: "prefix" }, ""],
        [{ match: "prefix" }, "c"],
        [{ match: "prefix" }, "com"],
        [{ match: "prefix" }, "com.bystander"],
        [{ match: "wildcard" }, ".."],
        [{ match: "wildcard" }, "com.."],
        [{ match: "wildcard" }, "com..news"],
        [{ match: "prefix" }, "wamp."],
        [{}, "wamp.session.on_join"],
      ];
      for (const [index, [options, topic]] of everything.entries()) attacker.say([32, index + 1, options, topic]);
      await attacker.hears(8, everything.length);
      expect(attacker.heard.filter(([type]) => type === 8).every((error) => error[4] === NOT_AUTHORIZED)).toBe(true);
      await delay(200);
      expect(attacker.heard.filter(([type]) => type === 36)).toEqual([]);
      attacker.end();
    });
    await logged(router, { msg: "not authorized", action: "subscribe", uri: "", match: "prefix" });
  });

  test("killing others, and taking their procedures", async () => {
    await besides("kills and takeovers", router.url, async () => {
      const attacker = await Attacker.join(router.url);
      attacker.say([48, 1, {}, "wamp.session.kill_all"]);
      attacker.say([48, 2, {}, "wamp.session.kill_by_authrole", ["guest"]]);
      attacker.say([64, 3, { match: "prefix" }, "com.byst"]);
      attacker.say([64, 4, { match: "wildcard" }, "com..echo"]);
      attacker.say([64, 5, { force_reregister: true }, "wamp.session.count"]);
      await attacker.hears(8, 5);
      const errors = attacker.heard.filter(([type]) => type === 8).map((error) => error[4]);
      expect(errors).toEqual([...Array<string>(4).fill(NOT_AUTHORIZED), "wamp.error.invalid_uri"]);
      attacker.end();
    });
    await logged(router, { msg: "not authorized", action: "call", uri: "wamp.session.kill_all" });
  });
});

test("and the router ends as it should", async () => {
  expect(await router.stop()).toBe(0);
});
