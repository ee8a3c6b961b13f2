// Spec: advanced/pubsub_publisher_exclusion.md, pubsub_publisher_identification.md, pubsub_publication_trustlevels.md
import { ErrorUri, MessageType as M, type Dict, type PublishOptions } from "@kreuz/codec";
import type { Authorizer, Permit } from "@kreuz/router";
import type { WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { argsOf, createTestRouter, expectAbort, expectError, rolesWith, TOPIC } from "../support/index.js";

describe("Publisher Exclusion", () => {
  it.each([{}, { exclude_me: true }])("%j: the publisher does not get its own event", async (options) => {
    const router = await createTestRouter();
    const [publisher, other] = [await router.join(), await router.join()];
    for (const client of [publisher, other]) await client.subscribe(TOPIC);
    publisher.publish(TOPIC, { args: [1] }, options);
    expect(argsOf(await other.expect(M.EVENT))).toEqual([1]);
    await publisher.expectNothing();
  });

  it("exclude_me: false: the publisher gets it, once for every matching subscription", async () => {
    const publisher = await (await createTestRouter()).join();
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

  it("exclude_me: false does not send it to a publisher that is not subscribed", async () => {
    const publisher = await (await createTestRouter()).join();
    publisher.publish(TOPIC, {}, { exclude_me: false, acknowledge: true });
    await publisher.expect(M.PUBLISHED);
    await publisher.expectNothing();
  });

  it("is by session, not by authid", async () => {
    const router = await createTestRouter();
    const [publisher, same] = [await router.join({ authid: "ann" }), await router.join({ authid: "ann" })];
    await same.subscribe(TOPIC);
    publisher.publish(TOPIC);
    await same.expect(M.EVENT);
  });

  it("exclude_me must be a boolean", async () => {
    const publisher = await (await createTestRouter()).join();
    publisher.publish(TOPIC, {}, { exclude_me: "no" } as unknown as PublishOptions);
    await expectAbort(publisher, ErrorUri.PROTOCOL_VIOLATION);
  });
});

interface Setup {
  readonly publisher: WireSession;
  readonly subscriber: WireSession;
}

async function setUp(authorizer: Authorizer): Promise<Setup> {
  const router = await createTestRouter({ realm: { authorizer } });
  const publisher = await router.join({ authid: "alice", authrole: "staff" });
  const subscriber = await router.join();
  await subscriber.subscribe(TOPIC);
  return { publisher, subscriber };
}

const permitting = (permit: Partial<Permit>): Authorizer => ({ authorize: () => ({ ...permit, allow: true }) });

/** Publishes with these options. @returns EVENT.Details. */
async function detailsOf({ publisher, subscriber }: Setup, options: PublishOptions = {}): Promise<Dict> {
  publisher.publish(TOPIC, {}, options);
  return (await subscriber.expect(M.EVENT)).details;
}

const identityOf = ({ publisher }: Setup) => ({
  publisher: publisher.id,
  publisher_authid: "alice",
  publisher_authrole: "staff",
});

describe("Publisher Identification", () => {
  it.each([{}, { disclose_me: false }])("%j does not disclose the publisher", async (options) => {
    expect(await detailsOf(await setUp(permitting({})), options)).toEqual({});
  });

  it("disclose_me tells subscribers the publisher's session id, authid and authrole", async () => {
    const setup = await setUp(permitting({}));
    expect(await detailsOf(setup, { disclose_me: true })).toEqual(identityOf(setup));
    expect(await detailsOf(setup)).toEqual({});
  });

  it("cannot be forged", async () => {
    const forged: Dict = {
      publisher: 1,
      publisher_authid: "root",
      publisher_authrole: "admin",
      trustlevel: 9,
      retained: true,
      topic: "x",
    };
    const setup = await setUp(permitting({}));
    expect(await detailsOf(setup, forged)).toEqual({});
    expect(await detailsOf(setup, { ...forged, disclose_me: true })).toEqual(identityOf(setup));
  });

  it("policy always discloses every publisher", async () => {
    const setup = await setUp(permitting({ disclose: "always" }));
    expect(await detailsOf(setup)).toEqual(identityOf(setup));
    expect(await detailsOf(setup, { disclose_me: false })).toEqual(identityOf(setup));
  });

  it("policy never refuses disclose_me with wamp.error.option_disallowed.disclose_me, without an event", async () => {
    const setup = await setUp(permitting({ disclose: "never" }));
    const request = setup.publisher.publish(TOPIC, {}, { disclose_me: true, acknowledge: true, retain: true });
    await expectError(setup.publisher, M.PUBLISH, request, ErrorUri.DISCLOSE_ME_DISALLOWED);
    setup.publisher.publish(TOPIC, {}, { disclose_me: true });
    await setup.publisher.expectNothing();
    await setup.subscriber.expectNothing();
    await setup.subscriber.subscribe(TOPIC, { get_retained: true });
    await setup.subscriber.expectNothing();
    expect(await detailsOf(setup)).toEqual({});
  });

  it("discloses to pattern subscribers and with retained events as well", async () => {
    const setup = await setUp(permitting({}));
    await setup.subscriber.subscribe("com", { match: "prefix" });
    setup.publisher.publish(TOPIC, {}, { disclose_me: true, retain: true });
    expect((await setup.subscriber.expect(M.EVENT)).details).toEqual(identityOf(setup));
    expect((await setup.subscriber.expect(M.EVENT)).details).toEqual({ ...identityOf(setup), topic: TOPIC });
    await setup.subscriber.subscribe(TOPIC, { get_retained: true });
    expect((await setup.subscriber.expect(M.EVENT)).details).toEqual({ ...identityOf(setup), retained: true });
  });
});

describe("Publication Trust Levels", () => {
  it.each([0, 2])("a trustlevel of %i is in EVENT.Details", async (trustlevel) => {
    expect(await detailsOf(await setUp(permitting({ trustlevel })))).toEqual({ trustlevel });
  });

  it("depends on publisher and topic, and is absent by default", async () => {
    const setup = await setUp({
      authorize: ({ authrole }, { type, uri }) =>
        type === "publish" && authrole === "staff" && uri === TOPIC ? { allow: true, trustlevel: 5 } : true,
    });
    expect(await detailsOf(setup)).toEqual({ trustlevel: 5 });
    await setup.publisher.subscribe(TOPIC);
    setup.subscriber.publish(TOPIC);
    expect((await setup.publisher.expect(M.EVENT)).details).toEqual({});
  });

  it("is sent to subscribers that did not announce the feature, too", async () => {
    const router = await createTestRouter({ realm: { authorizer: permitting({ trustlevel: 1 }) } });
    const [publisher, plain] = [await router.join(), await router.join({ roles: rolesWith() })];
    await plain.subscribe(TOPIC);
    publisher.publish(TOPIC);
    expect((await plain.expect(M.EVENT)).details).toEqual({ trustlevel: 1 });
  });
});
