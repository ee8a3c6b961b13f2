// Dynamic authenticators that are not there yet, or fail: that is nobody's wrong password.
import { ErrorUri, MessageType as M } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { FakeClock, settle, WireSession } from "@kreuz/testkit";
import { connectMemory } from "@kreuz/transport-memory";
import { configFrom, startRouter, type RunningRouter } from "kreuz";
import { afterEach, expect, it } from "vitest";

const PROCEDURE = "com.example.authenticate";
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function start({
  log = [],
  clock = new FakeClock(),
}: { log?: unknown[]; clock?: FakeClock } = {}): Promise<RunningRouter> {
  const config = {
    realms: [
      {
        name: "users",
        auth: { ticket: { procedure: PROCEDURE, timeoutMs: 5000 } },
        roles: [{ name: "user" }],
      },
    ],
    transports: [{ type: "websocket", port: 0 }],
  };
  const note = (fields: object, message: string): void => void log.push({ ...fields, message });
  const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: note };
  const running = await startRouter(configFrom(config), { logger, clock });
  cleanups.push(() => running.stop());
  return running;
}

async function logIn({ router }: RunningRouter, ticket = "secret"): Promise<string> {
  const client = new WireSession({ turns: 1_000_000 });
  connectMemory(router, client, { codec: json });
  cleanups.push(() => client.disconnect());
  const details = { roles: { caller: {} }, authmethods: ["ticket"], authid: "joe" };
  client.send({ type: M.HELLO, realm: "users", details });
  await client.expect(M.CHALLENGE);
  client.send({ type: M.AUTHENTICATE, signature: ticket, extra: {} });
  const answer = await client.next();
  return answer.type === M.ABORT ? answer.reason : answer.type === M.WELCOME ? "welcome" : "neither";
}

/** Moves the clock in steps, so that what waits repeatedly goes on. */
async function advance(clock: FakeClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    await settle();
    clock.advance(100);
  }
}

it("clients that come before the authenticator wait for it", async () => {
  const clock = new FakeClock();
  const running = await start({ clock });
  const outcomes = Promise.all(Array.from({ length: 5 }, () => logIn(running)));
  await advance(clock, 1000);
  running.router.connect("users").register(PROCEDURE, () => "user");
  await advance(clock, 1000);
  expect(await outcomes).toEqual(Array(5).fill("welcome"));
});

it("clients whose authenticator restarts during their login wait for it, and are no failed attempt", async () => {
  const clock = new FakeClock();
  const running = await start({ clock });
  const first = running.router.connect("users");
  await first.register(PROCEDURE, () => new Promise(() => {}));
  const outcomes = Promise.all(Array.from({ length: 12 }, () => logIn(running)));
  await settle();
  await first.close();
  await advance(clock, 1000);
  running.router.connect("users").register(PROCEDURE, () => "user");
  await advance(clock, 1000);
  expect(await outcomes).toEqual(Array(12).fill("welcome"));
});

it.each([
  ["longer than the maximum", "x".repeat(257), "an authid of 257 characters; the maximum is 256"],
  ["empty", "", "the account has no authid"],
])("an authid that is %s is an error of the authenticator", async (_what, authid, message) => {
  const log: unknown[] = [];
  const running = await start({ log });
  running.router.connect("users").register(PROCEDURE, () => ({ role: "user", authid }));
  expect(await logIn(running)).toBe(ErrorUri.AUTHENTICATION_FAILED);
  expect(log).toMatchObject([{ authid: "joe", message: expect.stringContaining(message) }]);
});

it("an authenticator that throws is an error of its own: nobody is locked out, and the log says which one and why", async () => {
  const log: unknown[] = [];
  const running = await start({ log });
  let down = true;
  running.router.connect("users").register(PROCEDURE, () => {
    if (down) throw new Error("database down");
    return "user";
  });
  for (let count = 0; count < 12; count++) expect(await logIn(running)).toBe(ErrorUri.AUTHENTICATION_FAILED);
  expect(log.at(-1)).toMatchObject({
    realm: "users",
    authid: "joe",
    authmethod: "ticket",
    message: expect.stringContaining(
      `authenticator "ticket" failed: procedure "${PROCEDURE}" failed: wamp.error.runtime_error`,
    ),
  });
  expect(running.router.stats("users")!.authenticationsWith("failed")).toBe(12);
  expect(running.router.stats("users")!.authenticationsWith("denied")).toBe(0);
  down = false;
  expect(await logIn(running)).toBe("welcome");
});

it("one that denies counts, as before", async () => {
  const running = await start();
  running.router.connect("users").register(PROCEDURE, () => null);
  for (let count = 0; count < 10; count++) expect(await logIn(running)).toBe(ErrorUri.AUTHENTICATION_DENIED);
  await expect(logIn(running)).rejects.toThrow("too many failed attempts");
});
