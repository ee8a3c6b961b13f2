import { MessageType as M, type Event } from "@kreuz/codec";
import { json } from "@kreuz/codec/json";
import { describe, expect, it } from "vitest";
import {
  ARGS,
  CODEC_PAIRS,
  createTestRouter,
  jsonVariant,
  KWARGS,
  MATCH_POLICIES,
  pickyCodec,
  publisherAndSubscriber,
  REALM,
  sendText,
  textOf,
  TOPIC,
} from "../support/index.js";

const argsOf = (event: Event): readonly unknown[] | undefined => event.payload.args;

describe("Events: who receives them", () => {
  it("all current subscribers, but no later ones", async () => {
    const { router, publisher, subscriber } = await publisherAndSubscriber();
    const [other, late] = [await router.join(), await router.join()];
    await other.subscribe(TOPIC);
    publisher.publish(TOPIC, {}, { acknowledge: true });
    await publisher.expect(M.PUBLISHED);
    await late.subscribe(TOPIC);
    await subscriber.expect(M.EVENT);
    await other.expect(M.EVENT);
    await late.expectNothing();
  });

  it("Publisher Exclusion: not the publisher, by default and with exclude_me true", async () => {
    const { publisher, subscriber } = await publisherAndSubscriber();
    for (const match of MATCH_POLICIES) await publisher.subscribe(TOPIC, { match });
    publisher.publish(TOPIC);
    publisher.publish(TOPIC, {}, { exclude_me: true });
    await subscriber.expect(M.EVENT);
    await subscriber.expect(M.EVENT);
    await publisher.expectNothing();
  });

  it("Publisher Exclusion: with exclude_me false the publisher too, once for each of its subscriptions", async () => {
    const { publisher, subscriber } = await publisherAndSubscriber();
    const ids = [];
    for (const match of MATCH_POLICIES) ids.push(await publisher.subscribe(TOPIC, { match }));
    publisher.publish(TOPIC, {}, { exclude_me: false });
    await subscriber.expect(M.EVENT);
    const received = [];
    for (const _match of MATCH_POLICIES) received.push((await publisher.expect(M.EVENT)).subscription);
    expect(received.toSorted()).toEqual(ids.toSorted());
    await publisher.expectNothing();
  });

  it("Publisher Exclusion: with exclude_me false, not a publisher that is not subscribed", async () => {
    const { publisher } = await publisherAndSubscriber();
    publisher.publish(TOPIC, {}, { exclude_me: false });
    await publisher.expectNothing();
  });

  it("Publisher Exclusion is by session: another session with the same authid receives the event", async () => {
    const router = await createTestRouter();
    const [one, other] = [await router.join({ authid: "joe" }), await router.join({ authid: "joe" })];
    for (const client of [one, other]) await client.subscribe(TOPIC);
    one.publish(TOPIC);
    await other.expect(M.EVENT);
    await one.expectNothing();
  });
});

describe("Events: what they carry", () => {
  it.each([
    ["nothing", "", ""],
    ["arguments", ',["Hello, world!"]', ',["Hello, world!"]'],
    ["keyword arguments", ',[],{"color":"orange","sizes":[23,42,7]}', ',[],{"color":"orange","sizes":[23,42,7]}'],
    ["both", ',[1],{"a":2}', ',[1],{"a":2}'],
    ["empty arguments", ",[]", ""],
    ["empty arguments and keyword arguments", ",[],{}", ""],
    ["arguments and empty keyword arguments", ",[1],{}", ",[1]"],
    ["one empty argument of each kind", ',[[],{},"",null]', ',[[],{},"",null]'],
    ["numbers beyond every double", ",[12345678901234567890123,1.00]", ",[12345678901234567890123,1.00]"],
    ["white space and escapes", ',[ "\\u00fc" , {"a" : 1} ]', ',[ "\\u00fc" , {"a" : 1} ]'],
    ["text beyond ASCII", ',["ü€😀"],{"ß":"é"}', ',["ü€😀"],{"ß":"é"}'],
  ])(
    "%s, byte for byte and without empty elements (spec: Empty Arguments and Keyword Arguments)",
    async (_what, sent, received) => {
      const { publisher, subscriber, subscription } = await publisherAndSubscriber();
      sendText(publisher, `[16,1,{"acknowledge":true},"${TOPIC}"${sent}]`);
      const { publication } = await publisher.expect(M.PUBLISHED);
      await subscriber.expect(M.EVENT);
      expect(textOf(subscriber.frames.at(-1))).toBe(`[36,${subscription},${publication},{}${received}]`);
    },
  );

  it("none of the publisher's options: Details are empty for an exact subscription", async () => {
    const { publisher, subscriber } = await publisherAndSubscriber();
    publisher.publish(TOPIC, {}, { acknowledge: true, exclude_me: true, _custom: 1, made_up: "x" });
    expect((await subscriber.expect(M.EVENT)).details).toEqual({});
  });

  it.each(CODEC_PAIRS)(
    "from %s to %s: the same arguments (spec: Serializers)",
    async (_from, _to, sender, receiver) => {
      const router = await createTestRouter();
      const [publisher, subscriber] = [await router.join({ codec: sender }), await router.join({ codec: receiver })];
      await subscriber.subscribe(TOPIC);
      publisher.publish(TOPIC, { args: ARGS, kwargs: KWARGS });
      publisher.publish(TOPIC, { args: ARGS });
      publisher.publish(TOPIC, { kwargs: KWARGS });
      publisher.publish(TOPIC, { args: [], kwargs: {} });
      const [both, args, kwargs, none] = [
        (await subscriber.expect(M.EVENT)).payload,
        (await subscriber.expect(M.EVENT)).payload,
        (await subscriber.expect(M.EVENT)).payload,
        (await subscriber.expect(M.EVENT)).payload,
      ];
      expect([both.args, both.kwargs]).toEqual([ARGS, KWARGS]);
      expect([args.args, args.kwargs]).toEqual([ARGS, undefined]);
      expect([kwargs.args, kwargs.kwargs]).toEqual([[], KWARGS]);
      expect([none.args, none.kwargs]).toEqual([undefined, undefined]);
    },
  );

  it("the same arguments for subscribers with all codecs at once", async () => {
    const router = await createTestRouter();
    const publisher = await router.join();
    const subscribers = await Promise.all(CODEC_PAIRS.map(([, , , codec]) => router.join({ codec })));
    for (const subscriber of subscribers) await subscriber.subscribe(TOPIC);
    publisher.publish(TOPIC, { args: ARGS });
    for (const subscriber of subscribers) expect(argsOf(await subscriber.expect(M.EVENT))).toEqual(ARGS);
  });

  it("an encoding that is made once per codec and subscription (spec: SUBSCRIBED, note)", async () => {
    let encoded = 0;
    const counting = jsonVariant({
      encode(message) {
        if (message.type === M.EVENT) encoded++;
        return json.encode(message);
      },
    });
    const router = await createTestRouter();
    const publisher = await router.join();
    for (let index = 0; index < 20; index++) await (await router.join({ codec: counting })).subscribe(TOPIC);
    const last = await router.join({ codec: counting });
    await last.subscribe(TOPIC);
    publisher.publish(TOPIC);
    await last.expect(M.EVENT);
    expect(encoded).toBe(1);
  });

  it("a payload that one subscriber's codec cannot encode: all others get it, and a metric counts it", async () => {
    const { router, publisher, subscriber } = await publisherAndSubscriber();
    const [choosy, last] = [await router.join({ codec: pickyCodec }), await router.join()];
    for (const client of [choosy, last]) await client.subscribe(TOPIC);
    publisher.publish(TOPIC, { args: ["unencodable"] }, { acknowledge: true });
    await publisher.expect(M.PUBLISHED);
    for (const client of [subscriber, last]) expect(argsOf(await client.expect(M.EVENT))).toEqual(["unencodable"]);
    await choosy.expectNothing();
    expect(router.stats(REALM)!.undeliverable).toBe(1);
    publisher.publish(TOPIC, { args: ["bread"] });
    expect(argsOf(await choosy.expect(M.EVENT))).toEqual(["bread"]);
  });
});
