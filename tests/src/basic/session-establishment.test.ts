import { CloseUri, ErrorUri, isId, MAX_ID, MAX_URI_LENGTH, MessageType as M } from "@kreuz/codec";
import { allowAll, type SessionInfo } from "@kreuz/router";
import { settle } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { createTestRouter, expectAbort, expectNoTrace, Probe, REALM, sendText, textOf } from "../support/index.js";

describe("Session Establishment: HELLO and WELCOME", () => {
  it("answers HELLO with WELCOME, the first message that the router sends", async () => {
    const router = await createTestRouter();
    const client = router.connectClient();
    await client.expectNothing();
    sendText(client, `[1,"${REALM}",{"roles":{"caller":{}}}]`);
    const welcome = await client.expect(M.WELCOME);
    expect(isId(welcome.session)).toBe(true);
    expect(client.frames).toHaveLength(1);
    await client.expectNothing();
  });

  it.each(["publisher", "subscriber", "caller", "callee"])("one role is enough: %s", async (role) => {
    const client = (await createTestRouter()).connectClient();
    await client.join(REALM, { roles: { [role]: {} } });
  });

  it("Role and Feature Announcement: unknown roles and attributes are ignored (spec: Extensibility)", async () => {
    const client = (await createTestRouter()).connectClient();
    const roles = { caller: { features: { time_travel: true }, mood: "good" }, observer: {} };
    await client.join(REALM, { roles, _custom: [1], agent: "test", x: { deep: [null] } });
  });

  it("Role and Feature Announcement: a role that is not announced is not forbidden", async () => {
    const client = (await createTestRouter()).connectClient();
    await client.join(REALM, { roles: { subscriber: {} } });
    client.publish("com.example.topic", {}, { acknowledge: true });
    await client.expect(M.PUBLISHED);
    await client.register("com.example.procedure");
  });

  it("Router: Role and Feature Announcement: broker and dealer with their features", async () => {
    const { details } = await (await createTestRouter()).connectClient().join(REALM);
    expect(Object.keys(details.roles).toSorted()).toEqual(["broker", "dealer"]);
    expect(details.roles.broker?.features).toMatchObject({
      publisher_exclusion: true,
      pattern_based_subscription: true,
    });
    expect(details.roles.dealer?.features).toMatchObject({ pattern_based_registration: true });
    for (const role of [details.roles.broker, details.roles.dealer])
      expect(Object.values(role?.features ?? {}).every((feature) => feature)).toBe(true);
  });

  it("Agent Identification: WELCOME.Details.agent is Kreuz or the configured agent", async () => {
    expect((await (await createTestRouter()).connectClient().join(REALM)).details.agent).toBe("Kreuz");
    expect((await (await createTestRouter({ agent: "" })).connectClient().join(REALM)).details.agent).toBe("");
  });

  it("WELCOME tells the client its identity", async () => {
    const { details } = await (
      await createTestRouter()
    )
      .connectClient()
      .join(REALM, { authid: "root", authrole: "admin" });
    expect(details).toMatchObject({
      realm: REALM,
      authrole: "anonymous",
      authmethod: "anonymous",
      authprovider: "static",
      authid: expect.stringMatching(/^[A-Z0-9]{4}(-[A-Z0-9]{4}){5}$/),
    });
  });

  it("IDs: session ids are random numbers from 1 to 2^53, all different", async () => {
    const router = await createTestRouter();
    const clients = await Promise.all(Array.from({ length: 300 }, () => router.join()));
    const ids = clients.map(({ id }) => id);
    expect(ids.every(isId)).toBe(true);
    expect(new Set(ids).size).toBe(300);
    // Ids are uniform over the range: one of these fails with a probability below 2^-290.
    expect(Math.max(...ids)).toBeGreaterThan(MAX_ID / 2);
    expect(Math.min(...ids)).toBeLessThan(MAX_ID / 2);
    expect(ids.some((id) => id % 2 === 0) && ids.some((id) => id % 2 === 1)).toBe(true);
    await expectNoTrace(router, clients);
  });

  it("plugins see a frozen description without anything that the client wrote", async () => {
    const probe = new Probe();
    const router = await createTestRouter({ realm: { plugins: [probe] } });
    const joined: SessionInfo[] = [];
    probe.realm.on("sessionJoined", (info) => joined.push(info));
    const client = router.connectClient();
    await client.join(REALM, { authid: "root", authrole: "admin", authextra: { transport: { type: "faked" } } });
    const [info] = joined;
    expect(info).toEqual({
      realm: REALM,
      session: client.id,
      authid: expect.not.stringContaining("root"),
      authrole: "anonymous",
      authmethod: "anonymous",
      authprovider: "static",
      transport: { type: "memory", protocol: "wamp.2.json", serializer: "json" },
    });
    expect(Object.isFrozen(info)).toBe(true);
    expect(await probe.realm.sessions.get(client.id)).toBe(info);
  });
});

describe("Session Establishment: HELLO that is refused", () => {
  const ROLES = '{"roles":{"caller":{}}}';

  it.each([
    ["roles are missing", "{}"],
    ["roles are empty", '{"roles":{}}'],
    ["no role is one of a client", '{"roles":{"broker":{},"observer":{}}}'],
    ["a role is not a dict", '{"roles":{"caller":true}}'],
    ["roles are a list", '{"roles":["caller"]}'],
    ["roles are null", '{"roles":null}'],
    ["features are not a dict", '{"roles":{"caller":{"features":["call_timeout"]}}}'],
    ["a role is only inherited", '{"roles":{"__proto__":{"caller":{}}}}'],
  ])("ABORT protocol_violation: %s (spec: Client: Role and Feature Announcement)", async (_why, details) => {
    const router = await createTestRouter();
    const client = router.connectClient();
    sendText(client, `[1,"${REALM}",${details}]`);
    expect(await expectAbort(client, ErrorUri.PROTOCOL_VIOLATION)).toContain("HELLO.Details.roles");
    await expectNoTrace(router, []);
  });

  it.each([
    ["agent", "7"],
    ["authmethods", '"ticket"'],
    ["authmethods", "[1]"],
    ["authid", "null"],
    ["authrole", "{}"],
    ["authextra", "[]"],
  ])("ABORT protocol_violation: %s has the wrong type: %s", async (name, value) => {
    const client = (await createTestRouter()).connectClient();
    sendText(client, `[1,"${REALM}",{"roles":{"caller":{}},"${name}":${value}}]`);
    expect(await expectAbort(client, ErrorUri.PROTOCOL_VIOLATION)).toContain(`HELLO.Details.${name}`);
  });

  it.each(["[1]", `[1,"${REALM}"]`, `[1,7,${ROLES}]`, `[1,null,${ROLES}]`, `[1,"${REALM}",${ROLES},[]]`])(
    "ABORT protocol_violation: malformed HELLO %s",
    async (hello) => {
      const client = (await createTestRouter()).connectClient();
      sendText(client, hello);
      expect(await expectAbort(client, ErrorUri.PROTOCOL_VIOLATION)).toContain("HELLO");
    },
  );

  it("ABORT no_such_realm for an unknown realm (spec: WELCOME, note)", async () => {
    const router = await createTestRouter();
    for (const realm of ["com.example.other", REALM.toUpperCase(), `${REALM}.sub`, "com", "wamp", "__proto__"]) {
      const client = router.connectClient();
      sendText(client, `[1,"${realm}",${ROLES}]`);
      expect(await expectAbort(client, ErrorUri.NO_SUCH_REALM)).toContain(realm);
    }
    expect(router.realms).toEqual([REALM]);
  });

  it("ABORT invalid_uri for an invalid realm URI (spec: Incorrect URIs)", async () => {
    const router = await createTestRouter();
    for (const realm of ["", ".", "a..b", "a.", ".a", "a b", "a#b", "a\\tb", "x".repeat(MAX_URI_LENGTH + 1)]) {
      const client = router.connectClient();
      sendText(client, `[1,"${realm}",${ROLES}]`);
      await expectAbort(client, ErrorUri.INVALID_URI);
    }
  });

  it("a refused client is disconnected, and what it still sends is ignored", async () => {
    const router = await createTestRouter();
    const client = router.connectClient();
    sendText(client, `[1,"com.example.other",${ROLES}]`);
    sendText(client, `[1,"${REALM}",${ROLES}]`);
    await expectAbort(client, ErrorUri.NO_SUCH_REALM);
    expect(router.stats(REALM)!.joined.total).toBe(0);
    await expectNoTrace(router, []);
  });

  it("ABORT is short even if the HELLO was long", async () => {
    const client = (await createTestRouter()).connectClient();
    const methods = JSON.stringify(Array.from({ length: 32 }, (_, index) => `method\n${index}`.padEnd(256, "x")));
    sendText(client, `[1,"${REALM}",{"roles":{"caller":{}},"authmethods":${methods}}]`);
    await expectAbort(client, ErrorUri.NO_MATCHING_AUTH_METHOD);
    expect(textOf(client.frames[0]).length).toBeLessThan(1000);
  });
});

describe("Realms", () => {
  const other = "com.example.other";
  const open = () =>
    createTestRouter({
      realms: [
        { uri: REALM, authorizer: allowAll },
        { uri: other, authorizer: allowAll },
      ],
    });

  it("route only between their own sessions (spec: Realms, Sessions and Transports)", async () => {
    const router = await open();
    const [here, there] = [await router.join(), await router.join({ realm: other })];
    await there.subscribe("com.example.topic");
    await there.register("com.example.procedure");
    here.publish("com.example.topic");
    here.sendCall("com.example.procedure");
    expect((await here.expect(M.ERROR)).error).toBe(ErrorUri.NO_SUCH_PROCEDURE);
    await there.expectNothing();
    await here.register("com.example.procedure");
  });

  it("can be added and removed while the router runs; removing one ends only its own sessions", async () => {
    const router = await open();
    const [here, there] = [await router.join(), await router.join({ realm: other })];
    await router.removeRealm(other);
    expect((await there.expect(M.GOODBYE)).reason).toBe(CloseUri.CLOSE_REALM);
    const late = router.connectClient();
    sendText(late, `[1,"${other}",{"roles":{"caller":{}}}]`);
    await expectAbort(late, ErrorUri.NO_SUCH_REALM);
    await router.addRealm({ uri: other, authorizer: allowAll });
    await router.join({ realm: other });
    await here.subscribe("com.example.topic");
    await settle();
    expect(here.closed).toBe(false);
  });

  it("have valid and unique URIs", async () => {
    const router = await open();
    await expect(router.addRealm({ uri: REALM, authorizer: allowAll })).rejects.toThrow("already");
    await expect(router.addRealm({ uri: "not a uri", authorizer: allowAll })).rejects.toThrow("valid");
    await expect(createTestRouter({ realm: { uri: "com.Example" }, uriRule: "strict" })).rejects.toThrow("strict");
    const twice = ["com.example.new", "com.example.new"].map((uri) => router.addRealm({ uri, authorizer: allowAll }));
    const outcomes = await Promise.allSettled(twice);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });
});
