import { ErrorUri, MessageType as M, type Dict, type Id } from "@kreuz/codec";
import { FakeClock, type WireSession } from "@kreuz/testkit";
import { describe, expect, test } from "vitest";
import { InvalidConfigError } from "../config/config-problem.js";
import { parseConfig } from "../config/load-config.js";
import { joinByTicket, joinClient, startForTest, type TestOptions } from "../testing/running-router.js";
import type { RunningRouter } from "./running-router.js";

const PROCEDURE = "com.example.authorize";

/** A procedure authorizes clients in `users`; clients in `services` may register it. */
const config = (users: string, ofRealm = ""): string => `
realms:
  - name: users
    auth: { anonymous: { role: user } }
    roles: [{ name: user${users} }]
    ${ofRealm}
  - name: services
    auth: { ticket: { users: { desk: { role: service, ticket: secret } } } }
    roles:
      - name: service
        permissions: [{ uri: ${PROCEDURE}, allow: { register: true } }]
transports: [{ type: websocket, port: 0 }]
`;
const TIMEOUT_MS = 200;
const AUTHORIZER = `{ procedure: ${PROCEDURE}, realm: services, timeoutMs: ${TIMEOUT_MS} }`;

function started(text: string, options: TestOptions = {}): Promise<RunningRouter> {
  return startForTest(parseConfig(text, "kreuz.yaml"), options);
}

function subscribe(session: WireSession, topic: string, options: Dict = {}): Id {
  const request = session.nextRequest();
  session.send({ type: M.SUBSCRIBE, request, options, topic });
  return request;
}

test.each([
  ["of a role", config(`, authorizer: ${AUTHORIZER}`)],
  ["of a realm, for roles without permissions", config("", `authorizer: ${AUTHORIZER}`)],
])("a procedure authorizes: %s", async (_, text) => {
  const running = await started(text, { clock: new FakeClock() });
  const [user, service] = [await joinClient(running, "users"), await joinByTicket(running, "services", "desk")];
  await service.register(PROCEDURE);
  subscribe(user, "com.news", { match: "prefix", get_retained: true });
  const { request, payload } = await service.expect(M.INVOCATION);
  expect(payload.args).toEqual([
    {
      realm: "users",
      session: user.id,
      authid: expect.any(String),
      authrole: "user",
      authmethod: "anonymous",
      authprovider: "static",
      transport: expect.objectContaining({ type: "websocket", serializer: "json" }),
    },
    "com.news",
    "subscribe",
    { match: "prefix", get_retained: true },
  ]);
  service.yield(request, { args: [{ allow: true, cache: true }] });
  await user.expect(M.SUBSCRIBED);
  subscribe(user, "com.secret");
  service.yield((await service.expect(M.INVOCATION)).request, { args: [false] });
  expect((await user.expect(M.ERROR)).error).toBe(ErrorUri.NOT_AUTHORIZED);
  // The first answer is cached, the second is not.
  subscribe(user, "com.news", { get_retained: true, match: "prefix" });
  await user.expect(M.SUBSCRIBED);
  await service.expectNothing();
});

test("a session that waits for an answer keeps its order, and other sessions do not wait", async () => {
  const running = await started(config(`, authorizer: ${AUTHORIZER}`), { clock: new FakeClock() });
  const [one, other, service] = [
    await joinClient(running, "users"),
    await joinClient(running, "users"),
    await joinByTicket(running, "services", "desk"),
  ];
  await service.register(PROCEDURE);
  const requests = [subscribe(one, "a.one"), subscribe(one, "a.two")];
  const first = await service.expect(M.INVOCATION);
  subscribe(other, "a.three");
  const second = await service.expect(M.INVOCATION);
  expect(second.payload.args?.[1]).toBe("a.three");
  service.yield(second.request, { args: [true] });
  await other.expect(M.SUBSCRIBED);
  service.yield(first.request, { args: [true] });
  expect((await one.expect(M.SUBSCRIBED)).request).toBe(requests[0]);
  service.yield((await service.expect(M.INVOCATION)).request, { args: [true] });
  expect((await one.expect(M.SUBSCRIBED)).request).toBe(requests[1]);
});

test.each<[string, (service: WireSession, clock: FakeClock) => Promise<void>]>([
  ["it is not registered", async () => {}],
  [
    "it fails",
    async (service) => {
      await service.register(PROCEDURE);
      void service.expect(M.INVOCATION).then(({ request }) => service.fail(request, "com.example.broken"));
    },
  ],
  [
    "it returns an invalid answer",
    async (service) => {
      await service.register(PROCEDURE);
      void service.expect(M.INVOCATION).then(({ request }) => service.yield(request, { args: ["yes"] }));
    },
  ],
  [
    "it does not answer",
    async (service, clock) => {
      await service.register(PROCEDURE);
      void service.expect(M.INVOCATION).then(() => clock.advance(TIMEOUT_MS));
    },
  ],
  [
    "it promised to handle the timeout and does not",
    async (service, clock) => {
      await service.register(PROCEDURE, { forward_timeout: true });
      void service.expect(M.INVOCATION).then(() => clock.advance(TIMEOUT_MS));
    },
  ],
])("fails closed when %s", async (_, prepare) => {
  const clock = new FakeClock();
  const running = await started(config(`, authorizer: ${AUTHORIZER}`), { clock });
  const [user, service] = [await joinClient(running, "users"), await joinByTicket(running, "services", "desk")];
  await prepare(service, clock);
  subscribe(user, "com.news");
  expect((await user.expect(M.ERROR)).error).toBe(ErrorUri.AUTHORIZATION_FAILED);
  expect(running.router.stats("users")!.refusedFor("failed")).toBe(1);
  // Nothing of the authorization call remains.
  await expect
    .poll(() => running.router.realms.map((realm) => running.router.counts(realm)?.pendingCalls))
    .toEqual([0, 0]);
});

test("the call to the authorizer is not authorized itself", async () => {
  const running = await started(`
realms:
  - name: users
    auth: { ticket: { users: { desk: { role: service, ticket: secret } } } }
    authorizer: { procedure: ${PROCEDURE} }
    roles:
      - name: service
        permissions: [{ uri: ${PROCEDURE}, allow: { register: true, call: true } }]
      - name: user
transports: [{ type: websocket, port: 0 }]
`);
  const service = await joinByTicket(running, "users", "desk");
  await service.register(PROCEDURE);
  service.sendCall(PROCEDURE, { args: ["by hand"] });
  const { request, payload } = await service.expect(M.INVOCATION);
  expect(payload.args).toEqual(["by hand"]);
  service.yield(request);
  await service.expect(M.RESULT);
  await service.expectNothing();
});

describe("an invalid authorizer", () => {
  test.each([
    [config(", authorizer: { procedure: a..b }"), '"a..b" is not a valid URI (uriRule: loose)'],
    [
      config(`, authorizer: { procedure: a.b, realm: nowhere }`),
      'unknown realm "nowhere"; the config has users, services',
    ],
    [config("", "authorizer: { procedure: a.b, realm: nowhere }"), "realms[0].authorizer.realm"],
    [
      config(", authorizer: { procedure: a.b }, permissions: [{ uri: a.b, allow: { call: true } }]"),
      "expected either permissions or an authorizer, got both",
    ],
    [config(", authorizer: { procedure: a.b, timeoutMs: 0 }"), "expected milliseconds, 1 or more, got 0"],
  ])("no. %$", (text, message) => {
    const load = () => parseConfig(text, "kreuz.yaml");
    expect(load).toThrow(InvalidConfigError);
    expect(load).toThrow(message);
  });
});
