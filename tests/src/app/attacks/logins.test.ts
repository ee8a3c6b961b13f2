// Attacks of those who have not logged in, or should no longer be who they were: expensive HELLOs, accounts that are removed or
// demoted, attempts in the name of a victim, guesses in parallel. And of guests who ask for what they may not see, or send
// what others cannot read.
import { encode, ExtData } from "@msgpack/msgpack";
import { hashScramPassword, hashTicket } from "@kreuz/auth/hashing";
import { WebSocket } from "ws";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { RouterProcess } from "../../support/router-process.js";
import { inTime, until } from "../../support/wait.js";
import { Attacker } from "./attacker.js";
import { withOtherClient } from "./other-client.js";
import { expectSound, startRouterOfLogins } from "./router-under-attack.js";

let router: RouterProcess;
let hash = "";

/** A client of another address than the attackers. */
const ELSEWHERE = { localAddress: "127.0.0.2" };
const COST = { cpuSeconds: 10, memory: 150, newcomers: true };

beforeAll(async () => {
  hash = await hashTicket("a secret of joe");
  const scram = await hashScramPassword("a secret of joe", { kdf: "pbkdf2" });
  router = await startRouterOfLogins(usersFile("user"), JSON.stringify({ joe: { role: "guest", ...scram } }));
});

afterEach(() => expectSound(router));

afterAll(async () => {
  await router.stop();
  await expectSound(router);
});

const usersFile = (role: string): string =>
  JSON.stringify({
    joe: { role, ticketHash: hash },
    ann: { role: "user", ticketHash: hash },
    bob: { role: "user", ticketHash: hash },
  });

interface Login {
  readonly authid?: string;
  readonly authextra?: object;
  readonly signature?: string;
  readonly options?: object;
}

/** Lets somebody try to log in. @returns the client, and the role that it got, the URI of the refusal, or a close code. */
async function tryLogin(
  authmethod: string,
  { authid, authextra, signature, options }: Login,
): Promise<[Attacker, unknown]> {
  const client = await Attacker.connect(router.url, options);
  let code: number | undefined;
  void client.closed.then((closedWith) => (code = closedWith));
  client.send([1, "realm1", { roles: { caller: {}, subscriber: {} }, authmethods: [authmethod], authid, authextra }]);
  const over = (): boolean => client.all(2).length + client.all(3).length > 0 || code !== undefined;
  await until("an answer", () => over() || client.all(4).length > 0);
  if (!over() && signature !== undefined) {
    client.send([5, signature, {}]);
    await until("WELCOME or ABORT", over);
  }
  const [welcome] = client.all(2);
  const [abort] = client.all(3);
  return [client, (welcome?.[2] as { readonly authrole: string } | undefined)?.authrole ?? abort?.[2] ?? code];
}

/** As {@link tryLogin}, for the outcome only. */
async function outcome(authmethod: string, login: Login): Promise<unknown> {
  const [client, result] = await tryLogin(authmethod, login);
  client.end();
  return result;
}

const each = <T>(count: number, act: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => act(index)));

test("HELLOs that are expensive to check: combining marks, long texts, many keys, long signatures", async () => {
  const marks = (count: number): string => "\u0301".repeat(count) + "\u0316".repeat(count);
  const many = Object.fromEntries(Array.from({ length: 2000 }, (_, key) => [`k${key}`, key]));
  await withOtherClient(
    "expensive HELLOs",
    router,
    async () => {
      for (let round = 0; round < 10; round++)
        await each(10, async (index) => {
          const expensive: readonly Login[] = [
            { authid: marks(32_000) },
            { authid: marks(4000) },
            { authid: marks(128), authextra: { nonce: "n".repeat(24), channel_binding: null } },
            { authid: "joe", authextra: many },
            { authid: "joe", authextra: { nonce: marks(2000) } },
          ];
          const result = await outcome("scram", expensive[index % expensive.length]!);
          expect(result).not.toBe("guest");
        });
      await each(20, async () => {
        const answer = outcome("ticket", { authid: "ann", signature: "x".repeat(15_000), options: ELSEWHERE });
        expect(await answer).not.toBe("user");
      });
    },
    COST,
  );
});

test("cookies of accounts that are demoted, removed, or come back", async () => {
  await withOtherClient(
    "cookies of former accounts",
    router,
    async () => {
      const joe = { authid: "joe", signature: "a secret of joe", options: { localAddress: "127.0.0.3" } };
      const login = async (): Promise<string> => {
        const [client, role] = await tryLogin("ticket", joe);
        expect(["user", "guest"]).toContain(role);
        client.end();
        return client.cookies[0]!;
      };
      const byCookie = (cookie: string): Promise<unknown> =>
        outcome("cookie", { authid: "joe", options: { headers: { cookie }, ...ELSEWHERE } });
      const cookies = [await login(), await login(), await login()];
      expect(await byCookie(cookies[0]!)).toBe("user");
      router.write("users.json", usersFile("guest"));
      expect(await byCookie(cookies[0]!)).toBe("wamp.error.authentication_denied");
      // It does not come back with the role.
      router.write("users.json", usersFile("user"));
      expect(await byCookie(cookies[0]!)).not.toBe("user");
      router.write("users.json", JSON.stringify({ ann: { role: "user", ticketHash: hash } }));
      for (const cookie of cookies)
        await each(10, async () => expect(String(await byCookie(cookie))).toMatch(/^wamp\.error\./));
      router.write("users.json", usersFile("user"));
      expect(await byCookie(await login())).toBe("user");
    },
    COST,
  );
});

test("attempts in the name of a victim, who gets in from elsewhere meanwhile", async () => {
  await withOtherClient(
    "attempts in the name of a victim",
    router,
    async () => {
      await each(100, async (index) => {
        if (index % 4 === 0) return outcome("cryptosign", { authid: "ann", authextra: { pubkey: "no key" } });
        if (index % 4 === 1) return outcome("ticket", { authid: "ann" });
        if (index % 4 === 2) return outcome("wampcra", { authid: "ann", signature: "no signature" });
        return outcome("scram", { authid: "ann", authextra: { nonce: "" } });
      });
      const ann = { authid: "ann", signature: "a secret of joe", options: { localAddress: "127.0.0.4" } };
      expect(await outcome("ticket", ann)).toBe("user");
    },
    COST,
  );
});

test("a hundred guesses at once, each with a slow hash: few are tried, and others log in", async () => {
  await withOtherClient(
    "guesses in parallel",
    router,
    async () => {
      const guesses = each(100, (index) =>
        outcome("ticket", { authid: "bob", signature: `guess ${index}`, options: { localAddress: "127.0.0.5" } }),
      );
      const ann = { authid: "ann", signature: "a secret of joe", options: { localAddress: "127.0.0.6" } };
      expect(await outcome("ticket", ann)).toBe("user");
      const results = await guesses;
      expect(results.filter((result) => result === "user")).toEqual([]);
    },
    { ...COST, cpuSeconds: 20 },
  );
});

test("ids counted through: nothing tells what may not be seen from what is not there", async () => {
  await withOtherClient(
    "ids counted through",
    router,
    async () => {
      const guest = await Attacker.join(router.url, ELSEWHERE);
      const ann = { authid: "ann", signature: "a secret of joe", options: { localAddress: "127.0.0.7" } };
      const [user, role] = await tryLogin("ticket", ann);
      expect(role).toBe("user");
      user.send([32, 1, { match: "prefix" }, "com.secret."]);
      const [, , secret] = (await user.receives(33)) as [33, number, number];
      guest.send([32, 1, {}, "com.attack.topic"]);
      const [, , own] = await guest.receives(33);
      const others = Array.from({ length: 500 }, (_, index) => secret + 1 + index).filter((id) => id !== own);
      const asked = [secret, ...others];
      for (const [index, id] of asked.entries()) {
        for (const [nth, procedure] of ["subscription.get_events", "subscription.get"].entries())
          guest.send([48, 10 + 2 * index + nth, {}, `wamp.${procedure}`, [id]]);
        // A session has few queries under way.
        const answered = (): boolean => guest.all(8).length + guest.all(50).length >= 2 * (index + 1);
        if (index % 10 === 0) await until("answers", answered);
      }
      await until("all answers", () => guest.all(8).length + guest.all(50).length >= 2 * asked.length);
      expect(guest.all(50)).toEqual([]);
      const answersTo = (nth: number): Set<string> =>
        new Set(guest.all(8).flatMap((error) => ((error[2] as number) % 2 === nth ? [answerOf(error)] : [])));
      for (const nth of [0, 1]) expect([...answersTo(nth)]).toHaveLength(1);
      guest.end();
      user.end();
    },
    COST,
  );
});

/** An error without what names the request and the id. */
const answerOf = ([, , , details, uri, args]: unknown[]): string =>
  JSON.stringify([details, uri, args]).replaceAll(/\d+/g, "N");

/** CBOR of a PUBLISH whose Arguments are these bytes. */
const cborPublish = (...values: readonly number[]): Buffer =>
  Buffer.concat([
    Buffer.from([0x85, 0x10, 0x01, 0xa0, 0x70]),
    Buffer.from("com.attack.topic"),
    Buffer.from([0x81, ...values]),
  ]);

test("values that are not of WAMP, to subscribers that could not read them", async () => {
  const hello = { roles: { publisher: {} } };
  const unreadable: readonly (readonly [protocol: string, hello: Uint8Array, publish: Uint8Array])[] = [
    ...[new ExtData(5, new Uint8Array(3)), new Date(0), { deep: [new ExtData(-2, new Uint8Array(9))] }].map(
      (value) =>
        ["wamp.2.msgpack", encode([1, "realm1", hello]), encode([16, 1, {}, "com.attack.topic", [value]])] as const,
    ),
    ...[
      // A simple value, a tagged key, a number as a key, tags in tags.
      [0xf8, 0x63],
      [0xa1, 0xc1, 0x61, 0x6b, 0x01],
      [0xa1, 0x01, 0x01],
      [...Array<number>(100).fill(0xc6), 0x01],
    ].map((bytes) => ["wamp.2.cbor", cborHello(), cborPublish(...bytes)] as const),
  ];
  await withOtherClient(
    "values that are not of WAMP",
    router,
    async () => {
      const subscriber = await Attacker.join(router.url);
      subscriber.send([32, 1, {}, "com.attack.topic"]);
      await subscriber.receives(33);
      for (let round = 0; round < 20; round++)
        for (const [protocol, first, publish] of unreadable) await sendBinary(protocol, first, publish);
      subscriber.send([16, 2, { exclude_me: false }, "com.attack.topic", ["the only one"]]);
      expect((await subscriber.receives(36))[4]).toEqual(["the only one"]);
      subscriber.end();
    },
    COST,
  );
});

/** `[1, "realm1", {"roles": {"publisher": {}}}]` in CBOR. */
const cborHello = (): Buffer =>
  Buffer.concat([
    Buffer.from([0x83, 0x01, 0x66]),
    Buffer.from("realm1"),
    Buffer.from([0xa1, 0x65]),
    Buffer.from("roles"),
    Buffer.from([0xa1, 0x69]),
    Buffer.from("publisher"),
    Buffer.from([0xa0]),
  ]);

/** Joins, publishes, and waits until the router has taken or refused it. */
async function sendBinary(protocol: string, hello: Uint8Array, publish: Uint8Array): Promise<void> {
  const socket = new WebSocket(router.url, protocol);
  socket.on("error", () => {});
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await inTime("the socket to open", new Promise((resolve) => socket.once("open", resolve)));
  socket.send(hello);
  await inTime("WELCOME", new Promise((resolve) => socket.once("message", resolve)));
  socket.send(publish);
  // A PONG comes after everything that the message has caused.
  const answered = new Promise((resolve) => socket.once("pong", resolve));
  socket.ping();
  await inTime("an answer", Promise.race([answered, closed]));
  socket.terminate();
}
