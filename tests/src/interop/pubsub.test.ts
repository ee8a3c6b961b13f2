// Tests publishing and subscribing between real clients, through the running app.
import { describe, expect, test } from "vitest";
import { AUTOBAHN, KINDS, PAIRS } from "./clients/kinds.js";
import { EVERYTHING } from "./payloads.js";
import { useRouter } from "./shared-router.js";

const { peer, join, uri } = useRouter();

describe.each(PAIRS)("$from.name publishes to $to.name", ({ from, to }) => {
  test("args, kwargs, both or neither", async () => {
    const topic = uri();
    const subscription = await peer(to).subscribe(topic);
    const [publisher, messages] = [
      // A client does not get its own events.
      from === to ? await join(from) : peer(from),
      [{}, { args: [1, "two"] }, { kwargs: { three: 3 } }, { args: [null], kwargs: { four: [4] } }, EVERYTHING],
    ];
    for (const message of messages) await publisher.publish(topic, message);
    for (const message of messages) {
      const { args, kwargs } = await subscription.next();
      expect({ args, kwargs }).toEqual({ args: [], kwargs: {}, ...message });
    }
    await subscription.unsubscribe();
  });
});

describe.each(KINDS)("$name", (kind) => {
  test("gets events of a prefix and a wildcard in order, with the topic", async () => {
    const base = uri();
    const prefix = await peer(kind).subscribe(`${base}.a`, { match: "prefix" });
    const wildcard = await peer(kind).subscribe(`${base}..c`, { match: "wildcard" });
    const publisher = await join(kind);
    const topics = [`${base}.a`, `${base}.abc.d`, `${base}.b.c`, `${base}.a.c`, `${base}.x`];
    for (const topic of topics) await publisher.publish(topic, { args: [topic] });
    for (const topic of [topics[0], topics[1], topics[3]])
      expect(await prefix.next()).toMatchObject({ args: [topic], details: { topic } });
    for (const topic of [topics[2], topics[3]])
      expect(await wildcard.next()).toMatchObject({ args: [topic], details: { topic } });
  });

  test("does not get its own events", async () => {
    const topic = uri();
    const subscription = await peer(kind).subscribe(topic);
    await peer(kind).publish(topic, { args: ["mine"] });
    const other = await join(kind);
    await other.publish(topic, { args: ["another's"] });
    expect((await subscription.next()).args).toEqual(["another's"]);
  });

  test("gets no event after it has unsubscribed", async () => {
    const topic = uri();
    const other = await join(kind);
    const witness = await other.subscribe(topic);
    const subscription = await peer(kind).subscribe(topic);
    await subscription.unsubscribe();
    const third = await join(kind);
    await third.publish(topic);
    await witness.next();
    // The answer to this call comes after any event.
    await peer(kind).call("wamp.session.count");
    expect(subscription.events).toEqual([]);
  });

  test("gets a retained event when it subscribes", async () => {
    const topic = uri();
    // Wampy accepts the option `retain`, but does not send it.
    const publisher = await join(AUTOBAHN[0]!);
    await publisher.publish(topic, { args: ["kept"] }, { retain: true });
    const subscription = await peer(kind).subscribe(topic, { get_retained: true });
    expect(await subscription.next()).toMatchObject({ args: ["kept"], details: { retained: true } });
  });
});

// Wampy sends `exclude_me` only when it is true.
test.each(AUTOBAHN)("$name gets its own events if it asks for them", async (kind) => {
  const topic = uri();
  const subscription = await peer(kind).subscribe(topic);
  await peer(kind).publish(topic, { args: ["mine"] }, { exclude_me: false });
  expect((await subscription.next()).args).toEqual(["mine"]);
});

// Wampy always asks for the acknowledgement.
test.each(AUTOBAHN)("$name publishes without an acknowledgement", async (kind) => {
  const topic = uri();
  const subscription = await peer(kind).subscribe(topic);
  await peer(kind).publish(topic, { args: [1] }, { acknowledge: false, exclude_me: false });
  expect((await subscription.next()).args).toEqual([1]);
});
