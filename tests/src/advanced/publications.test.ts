// Spec: advanced/pubsub_publisher_exclusion.md, pubsub_publisher_identification.md, pubsub_publication_trustlevels.md
import { ErrorUri, MessageType as M, type Dict, type PublishOptions } from "@kreuz/codec";
import type { Authorizer, Permit } from "@kreuz/router";
import type { WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { expectAbort, expectError } from "../support/test-router.js";
import { argsOf, join, only, open, TOPIC } from "../support/roles.js";

describe("Publisher Exclusion", () => {
  it.each([{}, { exclude_me: true }])("with %j the publisher does not get its own event", async (options) => {
    const stage = await open();
    const [publisher, other] = [await join(stage), await join(stage)];
    for (const client of [publisher, other]) await client.subscribe(TOPIC);
    publisher.publish(TOPIC, { args: [1] }, options);
    expect(argsOf(await other.expect(M.EVENT))).toEqual([1]);
    await publisher.expectNothing();
  });

  it("with exclude_me: false it does, on every subscription that matches", async () => {
    const publisher = await join(await open());
    const ids = [
      await publisher.subscribe(TOPIC),
      await publisher.subscribe("com", { match: "prefix" }),
      await publisher.subscribe("com..topic", { match: "wildcard" }),
    ];
    publisher.publish(TOPIC, {}, { exclude_me: false });
    const events = [await publisher.expect(M.EVENT), await publisher.expect(M.EVENT), await publisher.expect(M.EVENT)];
    expect(events.map(({ subscription }) => subscription)).toEqual(ids);
    publisher.publish(TOPIC);
    await publisher.expectNothing();
  });

  it("does not get it unless it is subscribed", async () => {
    const publisher = await join(await open());
    publisher.publish(TOPIC, {}, { exclude_me: false, acknowledge: true });
    await publisher.expect(M.PUBLISHED);
    await publisher.expectNothing();
  });

  it("is about the session, not about who it belongs to", async () => {
    const stage = await open();
    const [publisher, same] = [await join(stage, { authid: "ann" }), await join(stage, { authid: "ann" })];
    await same.subscribe(TOPIC);
    publisher.publish(TOPIC);
    await same.expect(M.EVENT);
  });

  it("takes a boolean and nothing else", async () => {
    const publisher = await join(await open());
    publisher.publish(TOPIC, {}, { exclude_me: "no" } as unknown as PublishOptions);
    await expectAbort(publisher, ErrorUri.PROTOCOL_VIOLATION);
  });
});

interface Scene {
  readonly publisher: WireSession;
  readonly subscriber: WireSession;
}

async function scene(authorizer: Authorizer): Promise<Scene> {
  const stage = await open({ realm: { authorizer } });
  const publisher = await join(stage, { authid: "alice", authrole: "staff" });
  const subscriber = await join(stage);
  await subscriber.subscribe(TOPIC);
  return { publisher, subscriber };
}

const onTerms = (permit: Partial<Permit>): Authorizer => ({ authorize: () => ({ ...permit, allow: true }) });

/** What subscribers are told about one publication. */
async function toldOf({ publisher, subscriber }: Scene, options: PublishOptions = {}): Promise<Dict> {
  publisher.publish(TOPIC, {}, options);
  return (await subscriber.expect(M.EVENT)).details;
}

const identityOf = ({ publisher }: Scene) => ({
  publisher: publisher.id,
  publisher_authid: "alice",
  publisher_authrole: "staff",
});

describe("Publisher Identification", () => {
  it.each([{}, { disclose_me: false }])("with %j subscribers learn nothing about the publisher", async (options) => {
    expect(await toldOf(await scene(onTerms({})), options)).toEqual({});
  });

  it("disclose_me gives subscribers the publisher's session id, authid and authrole", async () => {
    const it = await scene(onTerms({}));
    expect(await toldOf(it, { disclose_me: true })).toEqual(identityOf(it));
    expect(await toldOf(it)).toEqual({});
  });

  it("cannot be forged", async () => {
    const lies: Dict = {
      publisher: 1,
      publisher_authid: "root",
      publisher_authrole: "admin",
      trustlevel: 9,
      retained: true,
      topic: "x",
    };
    const it = await scene(onTerms({}));
    expect(await toldOf(it, lies)).toEqual({});
    expect(await toldOf(it, { ...lies, disclose_me: true })).toEqual(identityOf(it));
  });

  it("policy always discloses without the publisher's asking", async () => {
    const it = await scene(onTerms({ disclose: "always" }));
    expect(await toldOf(it)).toEqual(identityOf(it));
    expect(await toldOf(it, { disclose_me: false })).toEqual(identityOf(it));
  });

  it("policy never refuses with wamp.error.option_disallowed.disclose_me, and nobody gets the event", async () => {
    const it = await scene(onTerms({ disclose: "never" }));
    const request = it.publisher.publish(TOPIC, {}, { disclose_me: true, acknowledge: true, retain: true });
    await expectError(it.publisher, M.PUBLISH, request, ErrorUri.DISCLOSE_ME_DISALLOWED);
    it.publisher.publish(TOPIC, {}, { disclose_me: true });
    await it.publisher.expectNothing();
    await it.subscriber.expectNothing();
    await it.subscriber.subscribe(TOPIC, { get_retained: true });
    await it.subscriber.expectNothing();
    expect(await toldOf(it)).toEqual({});
  });

  it("tells pattern subscribers and those that come later the same", async () => {
    const it = await scene(onTerms({}));
    await it.subscriber.subscribe("com", { match: "prefix" });
    it.publisher.publish(TOPIC, {}, { disclose_me: true, retain: true });
    expect((await it.subscriber.expect(M.EVENT)).details).toEqual(identityOf(it));
    expect((await it.subscriber.expect(M.EVENT)).details).toEqual({ ...identityOf(it), topic: TOPIC });
    await it.subscriber.subscribe(TOPIC, { get_retained: true });
    expect((await it.subscriber.expect(M.EVENT)).details).toEqual({ ...identityOf(it), retained: true });
  });
});

describe("Publication Trust Levels", () => {
  it.each([0, 2])("a trustlevel of %i goes out in EVENT.Details", async (trustlevel) => {
    expect(await toldOf(await scene(onTerms({ trustlevel })))).toEqual({ trustlevel });
  });

  it("goes by publisher and topic, and there is none where none was configured", async () => {
    const it = await scene({
      authorize: ({ authrole }, { type, uri }) =>
        type === "publish" && authrole === "staff" && uri === TOPIC ? { allow: true, trustlevel: 5 } : true,
    });
    expect(await toldOf(it)).toEqual({ trustlevel: 5 });
    await it.publisher.subscribe(TOPIC);
    it.subscriber.publish(TOPIC);
    expect((await it.publisher.expect(M.EVENT)).details).toEqual({});
  });

  it("is told whether or not the subscriber announced the feature: it is no secret", async () => {
    const stage = await open({ realm: { authorizer: onTerms({ trustlevel: 1 }) } });
    const [publisher, plain] = [await join(stage), await join(stage, { roles: only() })];
    await plain.subscribe(TOPIC);
    publisher.publish(TOPIC);
    expect((await plain.expect(M.EVENT)).details).toEqual({ trustlevel: 1 });
  });
});
