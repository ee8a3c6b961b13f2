import { ErrorUri, MessageType as M, type Dict, type Id } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { WireSession } from "@kreuz/testkit";
import { connectWebSocket } from "@kreuz/transport-node";
import { afterEach, describe, expect, test } from "vitest";
import { InvalidConfigError } from "../config/config-problem.js";
import { parseConfig } from "../config/load-config.js";
import type { RunningRouter } from "./running-router.js";
import { startRouter } from "./start-router.js";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const PROCEDURE = "com.example.authorize";

/** Clients in `users` are decided about by a procedure; those in `services` may register it. */
const config = (users: string, ofRealm = ""): string => `
realms:
  - name: users
    auth: { anonymous: { role: user } }
    roles: [{ name: user${users} }]
    ${ofRealm}
  - name: services
    auth: { anonymous: { role: service } }
    roles:
      - name: service
        permissions: [{ uri: ${PROCEDURE}, allow: { register: true } }]
transports: [{ type: websocket, port: 0 }]
`;
const AUTHORIZER = `{ procedure: ${PROCEDURE}, realm: services, timeoutMs: 200 }`;

async function started(text: string): Promise<RunningRouter> {
  const running = await startRouter(parseConfig(text, "kreuz.yaml"));
  cleanups.push(() => running.stop());
  return running;
}

async function joined(running: RunningRouter, realm: string): Promise<WireSession> {
  const session = new WireSession({ turns: 20_000 });
  await connectWebSocket(running.endpoints[0]?.url ?? "", session, { codecs: [json] });
  cleanups.push(() => session.disconnect());
  await session.join(realm);
  return session;
}

function subscribe(session: WireSession, topic: string, options: Dict = {}): Id {
  const request = session.nextRequest();
  session.send({ type: M.SUBSCRIBE, request, options, topic });
  return request;
}

test.each([
  ["of a role", config(`, authorizer: ${AUTHORIZER}`)],
  ["of a realm, for roles that say nothing themselves", config("", `authorizer: ${AUTHORIZER}`)],
])("a procedure decides: %s", async (_, text) => {
  const running = await started(text);
  const [user, service] = [await joined(running, "users"), await joined(running, "services")];
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
  // The first answer may be kept, the second may not.
  subscribe(user, "com.news", { get_retained: true, match: "prefix" });
  await user.expect(M.SUBSCRIBED);
  await service.expectNothing();
});

test("the session that waits keeps its order, the others do not wait", async () => {
  const running = await started(config(`, authorizer: ${AUTHORIZER}`));
  const [one, other, service] = [
    await joined(running, "users"),
    await joined(running, "users"),
    await joined(running, "services"),
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

test.each<[string, (service: WireSession) => Promise<void>]>([
  ["nobody has registered it", async () => {}],
  [
    "it fails",
    async (service) => {
      await service.register(PROCEDURE);
      void service.expect(M.INVOCATION).then(({ request }) => service.fail(request, "com.example.broken"));
    },
  ],
  [
    "it answers with nonsense",
    async (service) => {
      await service.register(PROCEDURE);
      void service.expect(M.INVOCATION).then(({ request }) => service.yield(request, { args: ["yes"] }));
    },
  ],
  ["it does not answer", async (service) => void (await service.register(PROCEDURE))],
  [
    "it asked to mind the timeout and does not",
    async (service) => void (await service.register(PROCEDURE, { forward_timeout: true })),
  ],
])("fails closed when %s", async (_, prepare) => {
  const running = await started(config(`, authorizer: ${AUTHORIZER}`));
  const [user, service] = [await joined(running, "users"), await joined(running, "services")];
  await prepare(service);
  subscribe(user, "com.news");
  expect((await user.expect(M.ERROR)).error).toBe(ErrorUri.AUTHORIZATION_FAILED);
  expect(running.metrics.get("authorizations_failed")).toBe(1);
  // Nothing of the question stays behind.
  await expect
    .poll(() => running.router.realms.map((realm) => running.router.counts(realm)?.pendingCalls))
    .toEqual([0, 0]);
});

test("asking leads to no further question, also where everybody but one role is asked about", async () => {
  const running = await started(`
realms:
  - name: users
    auth: { anonymous: { role: service } }
    authorizer: { procedure: ${PROCEDURE} }
    roles:
      - name: service
        permissions: [{ uri: ${PROCEDURE}, allow: { register: true, call: true } }]
      - name: user
transports: [{ type: websocket, port: 0 }]
`);
  const service = await joined(running, "users");
  await service.register(PROCEDURE);
  service.call(PROCEDURE, { args: ["by hand"] });
  const { request, payload } = await service.expect(M.INVOCATION);
  expect(payload.args).toEqual(["by hand"]);
  service.yield(request);
  await service.expect(M.RESULT);
  await service.expectNothing();
});

describe("a config that cannot work", () => {
  test.each([
    [config(", authorizer: { procedure: a..b }"), '"a..b" is not a valid loose URI'],
    [
      config(`, authorizer: { procedure: a.b, realm: nowhere }`),
      'there is no realm "nowhere"; the realms are users, services',
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
