// Spec: advanced/pubsub_event_history.md, Security Aspects
import { ErrorUri, type Id, type Payload } from "@kreuz/codec";
import type { Authorizer } from "@kreuz/router";
import { settle } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { REALM } from "../../support/index.js";
import { GET_EVENTS, getEvents, publish, publishedNames, setUp, TOPIC } from "./history-router.js";

describe("Event History: Security Aspects", () => {
  it("black- and whitelists by authid and authrole apply when events are read", async () => {
    const { router, publisher, reader } = await setUp();
    const admin = await router.join({ authid: "ann", authrole: "admin" });
    const subscription = await reader.subscribe("com.example.", { match: "prefix" });
    await publish(publisher, TOPIC, "admins", { eligible_authrole: ["admin"] });
    await publish(publisher, TOPIC, "bob", { eligible_authid: ["bob"] });
    await publish(publisher, TOPIC, "not admins", { exclude_authrole: ["admin"] });
    await publish(publisher, TOPIC, "not bob", { exclude_authid: ["bob"] });
    await publish(publisher, TOPIC, "nobody", { eligible_authrole: [] });
    await publish(publisher, TOPIC, "bob if admin", { eligible_authid: ["bob"], eligible_authrole: ["admin"] });
    await publish(publisher, TOPIC, "all");
    await settle();
    const live = reader.unread.map((message) => (message as { payload: Payload }).payload.args?.[0]);
    const later = await router.join({ authid: "bob", authrole: "reader" });
    expect(await publishedNames(later, subscription)).toEqual(["bob", "not admins", "all"]);
    // The same as the subscriber got when they were published.
    expect(live).toEqual(["bob", "not admins", "all"]);
    expect(await publishedNames(admin, subscription)).toEqual(["admins", "not bob", "all"]);
    expect((await getEvents(admin, subscription, { limit: 3 })).more).toBe(false);
  });

  it("reading needs permission to subscribe, whoever holds the subscription", async () => {
    const authorizer: Authorizer = {
      authorize: ({ authid }, { type, uri, match }) =>
        type !== "subscribe" || authid === "alice" || (uri === TOPIC && match === "exact"),
    };
    const { publisher, reader } = await setUp({ authorizer });
    const exact = await publisher.subscribe(TOPIC);
    const prefix = await publisher.subscribe("com.example.", { match: "prefix" });
    await publish(publisher, TOPIC, "x");
    expect(await publishedNames(reader, exact)).toEqual(["x"]);
    // It looks like a subscription that is not there: nobody can find out by counting ids which topics there are.
    const answerTo = async (id: Id): Promise<unknown> => getEvents(reader, id).catch((error: unknown) => error);
    const [hidden, missing] = [await answerTo(prefix), await answerTo(4_711)];
    expect(hidden).toMatchObject({ uri: ErrorUri.NO_SUCH_SUBSCRIPTION });
    expect(String(hidden).replaceAll(String(prefix), "N")).toBe(String(missing).replaceAll("4711", "N"));
  });

  it("what an authorizer that fails hides is not there, either", async () => {
    const authorizer: Authorizer = {
      authorize: ({ authid }, { type }) => {
        if (type === "subscribe" && authid === "bob") throw new Error("broken");
        return true;
      },
    };
    const { publisher, reader } = await setUp({ authorizer });
    const subscription = await publisher.subscribe(TOPIC);
    await expect(getEvents(reader, subscription)).rejects.toMatchObject({ uri: ErrorUri.NO_SUCH_SUBSCRIPTION });
  });

  it("calling the procedure needs permission", async () => {
    const authorizer: Authorizer = { authorize: (_session, { uri }) => uri !== GET_EVENTS };
    const { reader } = await setUp({ authorizer });
    const failure = getEvents(reader, await reader.subscribe(TOPIC));
    await expect(failure).rejects.toMatchObject({ uri: ErrorUri.NOT_AUTHORIZED });
  });

  it("the publisher may read its own events", async () => {
    const { publisher } = await setUp();
    const subscription = await publisher.subscribe(TOPIC);
    await publish(publisher, TOPIC, "mine");
    await publisher.expectNothing();
    expect(await publishedNames(publisher, subscription)).toEqual(["mine"]);
  });

  it("a local session needs no permission, and gets only events that it may receive", async () => {
    const authorizer: Authorizer = { authorize: ({ authrole }) => authrole !== "trusted" };
    const { router, publisher } = await setUp({ authorizer });
    const subscription = await publisher.subscribe(TOPIC);
    await publish(publisher, TOPIC, "x");
    await publish(publisher, TOPIC, "y", { eligible_authrole: ["publisher"] });
    const { args } = await router.connect(REALM).call(GET_EVENTS, { args: [subscription] });
    expect(args).toMatchObject([{ args: ["x"] }]);
  });
});
