// Spec: advanced/features.md, and the "Feature Announcement" of every section
import { readFile } from "node:fs/promises";
import { MessageType as M } from "@kreuz/codec";
import { describe, expect, it } from "vitest";
import { AUTOBAHN_ROLES, createTestRouter, PROCEDURE, REALM, rolesWith, TOPIC, WAMPY_ROLES } from "../support/index.js";

/** What a router without plugins announces, and the file with the tests of it. */
const TESTED_IN = {
  broker: {
    event_retention: "event-retention",
    pattern_based_subscription: "pattern-based-subscription",
    payload_passthru_mode: "payload-passthru",
    publication_trustlevels: "publications",
    publisher_exclusion: "publications",
    publisher_identification: "publications",
    sharded_subscription: "sharded-subscription",
    shareded_subscriptions: "sharded-subscription",
    subscriber_blackwhite_listing: "subscriber-blackwhite-listing",
    subscription_revocation: "subscription-revocation",
  },
  dealer: {
    call_canceling: "call-canceling",
    call_cancelling: "call-canceling",
    call_reroute: "call-rerouting",
    call_timeout: "call-timeout",
    call_trustlevels: "caller-identification",
    caller_identification: "caller-identification",
    pattern_based_registration: "pattern-based-registration",
    payload_passthru_mode: "payload-passthru",
    progressive_call_invocations: "progressive-call-invocations",
    progressive_call_results: "progressive-call-results",
    registration_revocation: "registration-revocation",
    sharded_registration: "sharded-registration",
    shared_registration: "shared-registration",
  },
} as const;

async function announced() {
  const router = await createTestRouter();
  const { details } = await router.connectClient().join(REALM);
  const { broker, dealer } = details.roles;
  return { broker: broker?.features ?? {}, dealer: dealer?.features ?? {} };
}

describe("Feature Announcement: WELCOME", () => {
  it.each(["broker", "dealer"] as const)("announces for the %s exactly the features that have tests", async (role) => {
    const features = (await announced())[role];
    expect(Object.keys(features).toSorted()).toEqual(Object.keys(TESTED_IN[role]).toSorted());
    for (const [name, value] of Object.entries(features)) expect([name, value]).toEqual([name, true]);
    for (const file of Object.values(TESTED_IN[role])) {
      const source = await readFile(new URL(`${file}.test.ts`, import.meta.url), "utf8");
      expect(source).toMatch(/\bit(?:\.each)?\(/);
    }
  });

  it("does not announce features of plugins, nor features that do not exist", async () => {
    const { broker, dealer } = await announced();
    for (const name of [
      "session_meta_api",
      "registration_meta_api",
      "subscription_meta_api",
      "testament_meta_api",
      "event_history",
      "topic_reflection",
      "procedure_reflection",
      "acknowledge_event_received",
      "acknowledge_subscriber_received",
    ]) {
      expect(broker).not.toHaveProperty(name);
      expect(dealer).not.toHaveProperty(name);
    }
  });

  it("combines the features of the router and of the plugins", async () => {
    const plugin = { name: "example", features: { broker: { x_example: true } }, setup: () => {} };
    const router = await createTestRouter({ realm: { plugins: [plugin] } });
    const { details } = await router.connectClient().join(REALM);
    expect(details.roles.broker?.features).toMatchObject({ x_example: true, publisher_exclusion: true });
    expect(details.roles.dealer?.features).not.toHaveProperty("x_example");
  });
});

describe("Feature Announcement: HELLO", () => {
  it.each([
    ["a string", { call_canceling: "yes" }],
    ["a number", { call_canceling: 1 }],
    ["false", { call_canceling: false }],
    ["nothing", {}],
  ])("a feature is announced by true, not by %s", async (_what, features) => {
    const router = await createTestRouter();
    const caller = await router.join();
    const callee = await router.join({ roles: { callee: { features } } as never });
    await callee.register(PROCEDURE);
    caller.sendCall(PROCEDURE);
    await callee.expect(M.INVOCATION);
    caller.disconnect();
    await callee.expectNothing();
  });

  it("unknown features are ignored", async () => {
    const client = await (
      await createTestRouter()
    ).join({
      roles: rolesWith("callee.x_unheard_of", "caller.reflection"),
    });
    await client.subscribe(TOPIC);
  });

  it.each([
    ["Autobahn|JS", AUTOBAHN_ROLES],
    ["Wampy", WAMPY_ROLES],
  ])("the features of %s are enough for calls and events in both directions", async (_name, roles) => {
    const router = await createTestRouter();
    const [one, other] = [await router.join({ roles }), await router.join({ roles })];
    await other.register(PROCEDURE, { invoke: "roundrobin" });
    one.sendCall(PROCEDURE, { args: [1] }, { receive_progress: true, disclose_me: true });
    const { request } = await other.expect(M.INVOCATION);
    other.yield(request, { args: [2] });
    expect((await one.expect(M.RESULT)).payload.args).toEqual([2]);
    await other.subscribe("com", { match: "prefix", get_retained: true });
    one.publish(TOPIC, { args: [3] }, { exclude: [1], disclose_me: true, acknowledge: true });
    await one.expect(M.PUBLISHED);
    expect((await other.expect(M.EVENT)).details).toMatchObject({ topic: TOPIC, publisher: one.id });
  });
});
