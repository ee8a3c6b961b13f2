import { rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import {
  type ClientMethod,
  cryptosignClient,
  scramClient,
  ticketClient,
  wampcraClient,
  wampScramClient,
} from "@kreuz/auth/client";
import { generateCryptosignPair, hashCraSecret, hashScramPassword, hashTicket } from "@kreuz/auth/hashing";
import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { beforeEach, describe, expect, test } from "vitest";
import { InvalidConfigError } from "../config/config-problem.js";
import { parseConfig } from "../config/load-config.js";
import { connectClient, joinByTicket, startForTest, temporaryFolder } from "../testing/running-router.js";
import type { RunningRouter } from "./running-router.js";

let folder = "";

beforeEach(() => {
  folder = temporaryFolder();
});

const device = generateCryptosignPair();

/** Starts a router with these authentication methods in realm1, and a realm `auth` for the procedure. */
async function start(auth: unknown, rest: object = {}): Promise<RunningRouter> {
  const realm = { name: "realm1", auth, roles: [{ name: "user" }, { name: "guest" }] };
  const authRealm = {
    name: "auth",
    auth: { ticket: { users: { desk: { role: "desk", ticket: "secret" } } } },
    roles: [{ name: "desk", permissions: [{ uri: "", match: "prefix", allow: { register: true } }] }],
  };
  const config = { realms: [realm, authRealm], transports: [{ type: "websocket", port: 0 }], ...rest };
  return startForTest(parseConfig(JSON.stringify(config), join(folder, "kreuz.yaml")));
}

/** Logs in. @returns the identity in WELCOME, or the reason of the ABORT. */
async function logIn(running: RunningRouter, method: ClientMethod, authid: string | undefined = "joe") {
  const session = await connectClient(running);
  const { authmethod, authextra } = method;
  session.send({
    type: M.HELLO,
    realm: "realm1",
    details: {
      roles: { caller: {} },
      authmethods: [authmethod],
      authextra,
      ...(authid === undefined ? {} : { authid }),
    },
  });
  const step = await session.next();
  if (step.type === M.CHALLENGE) {
    const { signature, extra } = await method.respond(step.extra);
    session.send({ type: M.AUTHENTICATE, signature, extra });
  }
  const end = step.type === M.CHALLENGE ? await session.next() : step;
  if (end.type === M.ABORT) return end.reason;
  if (end.type !== M.WELCOME) throw new Error("expected WELCOME or ABORT");
  const { authid: name, authrole, authprovider, authextra: extra } = end.details;
  return { authid: name, authrole, authprovider, ...(extra === undefined ? {} : { extra }) };
}

const joe = { authid: "joe", authrole: "user", authprovider: "static" };

test("every method, with its users in the config", async () => {
  const running = await start({
    ticket: {
      users: {
        joe: { role: "user", ticket: "secret", extra: { since: 2014 } },
        ann: { role: "user", authid: "anna", ticketHash: await hashTicket("secret", { iterations: 10 }) },
      },
    },
    wampcra: { users: { joe: { role: "user", ...(await hashCraSecret("secret", { iterations: 10 })) } } },
    "wamp-scram": {
      users: { joe: { role: "user", ...(await hashScramPassword("secret", { kdf: "pbkdf2", iterations: 4096 })) } },
    },
    scram: {
      users: {
        joe: {
          role: "user",
          ...(await hashScramPassword("secret", { kdf: "argon2id-13", iterations: 1, memory: 16 })),
        },
      },
    },
    cryptosign: { users: { joe: { role: "user", keys: [device.publicKey] } } },
  });
  expect(await logIn(running, ticketClient("secret"))).toEqual({ ...joe, extra: { since: 2014 } });
  expect(await logIn(running, ticketClient("secret"), "ann")).toEqual({ ...joe, authid: "anna" });
  expect(await logIn(running, wampcraClient("secret"))).toEqual(joe);
  expect(await logIn(running, wampScramClient({ authid: "joe", password: "secret" }))).toMatchObject(joe);
  expect(await logIn(running, scramClient({ authid: "joe", password: "secret" }))).toMatchObject(joe);
  expect(await logIn(running, cryptosignClient(device), undefined)).toEqual(joe);
  for (const wrong of [
    ticketClient("wrong"),
    wampcraClient("wrong"),
    wampScramClient({ authid: "joe", password: "wrong" }),
    scramClient({ authid: "joe", password: "wrong" }),
    cryptosignClient(generateCryptosignPair()),
  ])
    expect(await logIn(running, wrong)).toBe(ErrorUri.AUTHENTICATION_DENIED);
});

test("limits and counts failed attempts", async () => {
  const running = await start({
    ticket: { users: { joe: { role: "user", ticket: "secret" } } },
    attempts: { perAuthid: { failures: 2 } },
  });
  for (let count = 0; count < 2; count++) await logIn(running, ticketClient("wrong"));
  expect(await logIn(running, ticketClient("secret"))).toBe(ErrorUri.AUTHENTICATION_DENIED);
  expect(running.metrics.get("limit_authentication_attempts")).toBe(1);
});

describe("users in a file", () => {
  const users = (ticket: string) => writeFile(join(folder, "users.yaml"), `joe: { role: user, ticket: ${ticket} }\n`);

  test("are read again when it changes; an invalid file is ignored", async () => {
    await users("first");
    const running = await start({ ticket: { file: "users.yaml" } });
    expect(await logIn(running, ticketClient("first"))).toEqual(joe);
    await users("another");
    expect(await logIn(running, ticketClient("first"))).toBe(ErrorUri.AUTHENTICATION_DENIED);
    expect(await logIn(running, ticketClient("another"))).toEqual(joe);
    for (const broken of ["joe: [", "joe: { role: user }", "joe: { role: nobody, ticket: x }", "1"]) {
      await writeFile(join(folder, "users.yaml"), broken);
      expect(await logIn(running, ticketClient("another"))).toEqual(joe);
    }
    await rm(join(folder, "users.yaml"));
    expect(await logIn(running, ticketClient("another"))).toEqual(joe);
    await users("later");
    expect(await logIn(running, ticketClient("later"))).toEqual(joe);
  });

  test("work for other methods as well", async () => {
    await writeFile(join(folder, "keys.json"), JSON.stringify({ joe: { role: "user", keys: [device.publicKey] } }));
    const running = await start({ cryptosign: { file: "keys.json" } });
    expect(await logIn(running, cryptosignClient(device))).toEqual(joe);
  });

  test("stop the start if the file is missing or invalid", async () => {
    await expect(start({ ticket: { file: "users.yaml" } })).rejects.toThrow(/realms\[0\]\.auth: .*users\.yaml/);
    await writeFile(join(folder, "users.yaml"), "joe: { role: nobody, ticket: x }");
    await expect(start({ ticket: { file: "users.yaml" } })).rejects.toThrow(InvalidConfigError);
  });
});

test("users from a procedure", async () => {
  const running = await start({ wampcra: { procedure: "com.example.authenticate", realm: "auth", timeoutMs: 300 } });
  expect(await logIn(running, wampcraClient("secret2"))).toBe(ErrorUri.AUTHENTICATION_FAILED);
  const authenticator = await joinByTicket(running, "auth", "desk");
  await authenticator.register("com.example.authenticate");
  const outcome = logIn(running, wampcraClient("secret2"));
  const { request: asked, payload } = await authenticator.expect(M.INVOCATION);
  expect(payload.args?.slice(0, 2)).toEqual(["realm1", "joe"]);
  authenticator.yield(asked, { args: [{ role: "user", secret: "secret2" }] });
  expect(await outcome).toEqual({ ...joe, authprovider: "dynamic" });
});

test("transports set cookies", async () => {
  const auth = { ticket: { users: { joe: { role: "user", ticket: "secret" } } }, cookie: {} };
  const running = await start(auth, { cookies: { name: "sid", sameSite: "Strict" } });
  const setCookie = await new Promise((resolve, reject) => {
    const headers = {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Protocol": "wamp.2.json",
    };
    request(`http://127.0.0.1:${running.endpoints[0]?.port}/ws`, { headers })
      .on("error", reject)
      .on("upgrade", (response, socket) => {
        socket.destroy();
        resolve(response.headers["set-cookie"]);
      })
      .end();
  });
  const cookie = /^sid=[0-9a-f]{64}; Path=\/; Max-Age=86400; HttpOnly; SameSite=Strict$/;
  expect(setCookie).toEqual([expect.stringMatching(cookie)]);
});

test("cookies.path without its package: the router does not start, and the error says what to install", async () => {
  const auth = { ticket: { users: { joe: { role: "user", ticket: "secret" } } }, cookie: {} };
  await expect(start(auth, { cookies: { path: "cookies" } })).rejects.toThrow(
    'cannot use cookies.path "cookies": it needs a package; install it with: npm install @kreuz/cookie-journal-lmdb',
  );
});

describe("problems are found before anything starts", () => {
  test.each([
    ["no method", {}, "realms[0].auth: expected at least one authentication method"],
    [
      "a method without users",
      { ticket: {} },
      "realms[0].auth.ticket: expected exactly one of users, file and procedure",
    ],
    ["two sources", { ticket: { file: "x", procedure: "com.x" } }, "expected exactly one of users, file and procedure"],
    ["an unknown role", { ticket: { users: { joe: { role: "x", ticket: "y" } } } }, 'users.joe.role: unknown role "x"'],
    ["no ticket", { ticket: { users: { joe: { role: "user" } } } }, "users.joe: expected either ticket or ticketHash"],
    [
      "an invalid hash",
      { ticket: { users: { joe: { role: "user", ticketHash: "abc" } } } },
      "users.joe: ticketHash: expected pbkdf2-sha512$iterations$salt$key",
    ],
    [
      "an invalid key",
      { cryptosign: { users: { joe: { role: "user", keys: ["ab"] } } } },
      "users.joe: keys[0]: expected",
    ],
    ["no certificate", { tls: { users: { joe: { role: "user" } } } }, "users.joe: expected fingerprint or commonName"],
    [
      "a record of the other dialect",
      {
        scram: {
          users: {
            joe: { role: "user", kdf: "argon2id13", salt: "AAAA", iterations: 1, storedKey: "A", serverKey: "A" },
          },
        },
      },
      "users.joe: kdf: expected argon2id-13 or pbkdf2 for scram, got argon2id13",
    ],
    [
      "an invalid procedure",
      { ticket: { procedure: "a b" } },
      'ticket.procedure: "a b" is not a valid URI (uriRule: loose)',
    ],
    ["an unknown realm", { ticket: { procedure: "com.x", realm: "y" } }, 'ticket.realm: unknown realm "y"'],
    [
      "cookies that no transport sets",
      { anonymous: { role: "guest" }, cookie: {} },
      "auth.cookie: the cookie method needs the top-level setting cookies",
    ],
    ["an unknown key", { ticket: { user: {} } }, "ticket.user: unknown key"],
  ])("%s", async (_what, auth, problem) => {
    await expect(start(auth)).rejects.toThrow(problem);
  });
});
