// Attacks with the content or size of messages. The router refuses and logs each one, and keeps serving another client.
import { deflateRawSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { RouterProcess } from "../../support/router-process.js";
import { Attacker, ended, frame, upgrade } from "./attacker.js";
import { withOtherClient } from "./other-client.js";
import { expectSound, logged, startRouterUnderAttack } from "./router-under-attack.js";

let router: RouterProcess;

beforeAll(async () => {
  router = await startRouterUnderAttack();
});

afterEach(() => expectSound(router));

afterAll(() => router.kill());

const VIOLATION = "wamp.error.protocol_violation";
const NOT_AUTHORIZED = "wamp.error.not_authorized";

/** Sends every message from a new client. The router must end each session with ABORT. */
async function expectAborts(messages: readonly string[]): Promise<void> {
  for (const message of messages) {
    const attacker = await Attacker.join(router.url);
    attacker.send(message);
    expect((await attacker.receives(3))[2], message.slice(0, 60)).toBe(VIOLATION);
    expect(await attacker.closed).toBe(1002);
  }
}

describe("size and depth", () => {
  test("giant messages: longer than the limit", async () => {
    await withOtherClient("giant messages", router, async () => {
      for (let round = 0; round < 10; round++) {
        const attacker = await Attacker.join(router.url);
        attacker.send([16, 1, {}, "com.attack.topic", ["x".repeat(2_000_000)]]);
        expect(await attacker.closed).toBe(1009);
      }
    });
    await logged(router, { limit: "message-bytes" });
  });

  test("deeply nested arguments and options", async () => {
    await withOtherClient("deeply nested arguments and options", router, async () => {
      for (const depth of [65, 10_000, 150_000]) {
        await expectAborts([`[16,1,{},"com.attack.topic",[${"[".repeat(depth)}${"]".repeat(depth)}]]`]);
        await expectAborts([`[16,1,{"_x":${'{"a":'.repeat(depth)}1${"}".repeat(depth)}},"com.attack.topic"]`]);
      }
    });
    await logged(router, { reason: VIOLATION });
  });

  test("very long URIs", async () => {
    const attacker = await Attacker.join(router.url);
    for (let request = 1; request <= 20; request++)
      attacker.send([32, request, {}, `com.attack.${"x".repeat(100_000)}`]);
    await attacker.receives(8, 20);
    expect(attacker.errors.every((error) => error === "wamp.error.invalid_uri")).toBe(true);
    // The error does not repeat the URI.
    expect(JSON.stringify(attacker.received.at(-1)).length).toBeLessThan(300);
    await logged(router, { limit: "limit_uri_length" });
    attacker.end();
  });
});

describe("frames written by hand", () => {
  // It does not wait long for the closing handshake of these clients.
  let impatient: RouterProcess;

  beforeAll(async () => {
    impatient = await startRouterUnderAttack({ impatient: true });
  });
  afterEach(() => expectSound(impatient));
  afterAll(() => impatient.kill());

  test("a frame that announces a giant message", async () => {
    const socket = await upgrade(impatient.url);
    socket.write(Buffer.from([0x81, 0xff, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]));
    await ended(socket);
    await logged(impatient, { limit: "message-bytes" });
  });

  test("a deflate bomb: a small message that unpacks to many megabytes", async () => {
    const bomb = deflateRawSync(`[16,1,{},"com.attack.topic",["${"a".repeat(100_000_000)}"]]`).subarray(0, -4);
    const framed = frame(1, bomb);
    framed[0]! |= 0x40;
    const extensions = "permessage-deflate; client_no_context_takeover; server_no_context_takeover";
    await withOtherClient("deflate bombs", impatient, async () => {
      for (let round = 0; round < 5; round++) {
        const socket = await upgrade(impatient.url, extensions);
        socket.write(framed);
        await ended(socket);
      }
    });
    await logged(impatient, { limit: "message-bytes" });
  });

  test("a flood of pings from a client that does not read the pongs", async () => {
    await withOtherClient("ping flood", impatient, async () => {
      for (let round = 0; round < 10; round++) {
        const socket = await upgrade(impatient.url);
        socket.write(frame(1, Buffer.from('[1,"realm1",{"roles":{"subscriber":{}}}]')));
        socket.pause();
        const pings = Buffer.concat(Array.from({ length: 500 }, () => frame(9, Buffer.alloc(125))));
        for (let writes = 0; writes < 20; writes++) socket.write(pings);
        await ended(socket);
      }
    });
    await logged(impatient, { msg: "session left", message: "the connection was lost" });
  });

  test("the router stops cleanly afterwards", async () => {
    expect(await impatient.stop()).toBe(0);
  });
});

describe("names and numbers", () => {
  test("__proto__, constructor and the like in options, kwargs and roles", async () => {
    await withOtherClient("prototype keys", router, async () => {
      const attacker = await Attacker.connect(router.url);
      attacker.send(
        '[1,"realm1",{"roles":{"caller":{},"subscriber":{},"__proto__":{"features":{"x":true}}},"__proto__":{"authid":"root"}}]',
      );
      const welcome = await attacker.receives(2);
      expect(JSON.stringify(welcome)).not.toContain("root");
      attacker.send('[32,1,{"match":"exact"},"com.attack.topic"]');
      await attacker.receives(33);
      const publisher = await Attacker.join(router.url);
      const evil =
        '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":1,"hasOwnProperty":1}';
      publisher.send(
        `[16,1,{"__proto__":{"acknowledge":true},"exclude_me":false},"com.attack.topic",[${evil}],${evil}]`,
      );
      const event = await attacker.receives(36);
      // The router passes payloads on unchanged. What a key means is up to the receiver.
      expect(JSON.stringify(event)).toContain('"constructor"');
      for (const [request, option] of ["constructor", "toString", "valueOf", "__defineGetter__"].entries())
        publisher.send(`[48,${request + 2},{"${option}":{"x":1}},"wamp.session.count"]`);
      await publisher.receives(50, 4);
      attacker.send('[48,2,{},"wamp.session.count",[],{"__proto__":{"polluted":1}}]');
      expect((await attacker.receives(50))[1]).toBe(2);
      for (const each of [attacker, publisher]) each.end();
    });
  });

  test("names of properties that every object has, as topic, procedure and realm", async () => {
    const attacker = await Attacker.join(router.url);
    for (const [request, uri] of ["__proto__", "constructor", "toString", "hasOwnProperty"].entries()) {
      attacker.send([48, request * 2 + 1, {}, uri]);
      attacker.send([32, request * 2 + 2, {}, uri]);
    }
    await attacker.receives(8, 8);
    expect(attacker.errors.every((error) => error === NOT_AUTHORIZED)).toBe(true);
    const other = await Attacker.connect(router.url);
    other.send([1, "__proto__", { roles: { caller: {} } }]);
    expect((await other.receives(3))[2]).toBe("wamp.error.no_such_realm");
    attacker.end();
  });

  test("huge and invalid ids", async () => {
    await withOtherClient("huge ids", router, () =>
      expectAborts([
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
  test("YIELD and ERROR for another callee's invocation", async () => {
    await withOtherClient("forged YIELD and ERROR", router, async () => {
      const [callee, caller] = [await Attacker.join(router.url), await Attacker.join(router.url)];
      callee.send([64, 1, {}, "com.attack.procedure"]);
      await callee.receives(65);
      caller.send([48, 1, {}, "com.attack.procedure"]);
      const [, invocation] = await callee.receives(68);
      for (const forged of [
        [70, invocation, {}, ["forged"]],
        [8, 68, invocation, {}, "com.attack.forged"],
      ]) {
        const forger = await Attacker.join(router.url);
        forger.send(forged);
        expect((await forger.receives(3))[2]).toBe(VIOLATION);
      }
      callee.send([70, invocation, {}, ["genuine"]]);
      expect(await caller.receives(50)).toEqual([50, 1, {}, ["genuine"]]);
      expect(caller.received).toHaveLength(2);
      for (const each of [callee, caller]) each.end();
    });
    await logged(router, { reason: VIOLATION, msg: "YIELD.Request" });
    await logged(router, { reason: VIOLATION, msg: "ERROR.Request" });
  });

  test("messages that only routers send", async () => {
    await expectAborts([
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
    await withOtherClient("forged wamp. events", router, async () => {
      const attacker = await Attacker.join(router.url);
      attacker.send([16, 1, { acknowledge: true }, "wamp.session.on_join", [{ session: 1, authid: "root" }]]);
      attacker.send([64, 2, {}, "wamp.session.list"]);
      attacker.send([64, 3, { match: "prefix" }, "wamp."]);
      attacker.send([16, 4, { acknowledge: true, retain: true }, "wamp.topic"]);
      await attacker.receives(8, 4);
      const errors = attacker.errors;
      expect(new Set(errors)).toEqual(new Set(["wamp.error.invalid_uri"]));
      attacker.end();
    });
  });
});

describe("what the role does not allow", () => {
  test("subscriptions to everything", async () => {
    await withOtherClient("wildcard-everything", router, async () => {
      const attacker = await Attacker.join(router.url);
      const everything: [object, string][] = [
        [{ match: "prefix" }, ""],
        [{ match: "prefix" }, "c"],
        [{ match: "prefix" }, "com"],
        [{ match: "prefix" }, "com.other"],
        [{ match: "wildcard" }, ".."],
        [{ match: "wildcard" }, "com.."],
        [{ match: "wildcard" }, "com..news"],
        [{ match: "prefix" }, "wamp."],
        [{}, "wamp.session.on_join"],
      ];
      for (const [index, [options, topic]] of everything.entries()) attacker.send([32, index + 1, options, topic]);
      await attacker.receives(8, everything.length);
      expect(attacker.errors.every((error) => error === NOT_AUTHORIZED)).toBe(true);
      // Whatever it could hear of this publication would come before the answer to its call.
      const publisher = await Attacker.join(router.url);
      publisher.send([16, 1, { acknowledge: true }, "com.other.topic"]);
      await publisher.receives(17);
      attacker.send([48, everything.length + 1, {}, "wamp.session.count"]);
      await attacker.receives(50);
      expect(attacker.all(36)).toEqual([]);
      publisher.end();
      attacker.end();
    });
    await logged(router, { msg: "not authorized", action: "subscribe", uri: "", match: "prefix" });
  });

  test("killing sessions and taking over procedures", async () => {
    await withOtherClient("kills and takeovers", router, async () => {
      const attacker = await Attacker.join(router.url);
      attacker.send([48, 1, {}, "wamp.session.kill_all"]);
      attacker.send([48, 2, {}, "wamp.session.kill_by_authrole", ["guest"]]);
      attacker.send([64, 3, { match: "prefix" }, "com.oth"]);
      attacker.send([64, 4, { match: "wildcard" }, "com..echo"]);
      attacker.send([64, 5, { force_reregister: true }, "wamp.session.count"]);
      await attacker.receives(8, 5);
      const errors = attacker.errors;
      expect(errors).toEqual([...Array<string>(4).fill(NOT_AUTHORIZED), "wamp.error.invalid_uri"]);
      attacker.end();
    });
    await logged(router, { msg: "not authorized", action: "call", uri: "wamp.session.kill_all" });
  });
});

test("the router stops cleanly afterwards", async () => {
  expect(await router.stop()).toBe(0);
});
