// Spec: advanced/pubsub_subscriber_blackwhite_listing.md
import { ErrorUri, MessageType as M, type PublishOptions } from "@kreuz/codec";
import { settle, type WireSession } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { createTestRouter, expectAbort, TOPIC } from "../support/index.js";

interface Person {
  readonly name: string;
  readonly authid: string;
  readonly authrole: string;
}

const PEOPLE: readonly Person[] = [
  { name: "ann1", authid: "ann", authrole: "manager" },
  { name: "ann2", authid: "ann", authrole: "manager" },
  { name: "bob", authid: "bob", authrole: "staff" },
  { name: "cid", authid: "cid", authrole: "staff" },
];

interface Audience {
  readonly publisher: WireSession;
  readonly people: ReadonlyMap<string, WireSession>;
}

async function audience(match: "exact" | "prefix" | "wildcard" = "exact"): Promise<Audience> {
  const router = await createTestRouter();
  const people = new Map<string, WireSession>();
  for (const { name, ...identity } of PEOPLE) {
    const person = await router.join(identity);
    await person.subscribe(match === "exact" ? TOPIC : match === "prefix" ? "com" : "com..topic", { match });
    people.set(name, person);
  }
  return { publisher: await router.join({ authid: "publisher", authrole: "system" }), people };
}

/** Publishes with these options. @returns the names of the clients that get the event. */
async function receivers({ publisher, people }: Audience, options: PublishOptions): Promise<string[]> {
  publisher.publish(TOPIC, { args: [1] }, options);
  await settle();
  const names: string[] = [];
  for (const [name, person] of people) {
    if (person.unread.length === 0) continue;
    await person.expect(M.EVENT);
    names.push(name);
  }
  return names;
}

const ALL = ["ann1", "ann2", "bob", "cid"];

describe("Subscriber Black- and Whitelisting: each list", () => {
  it("without a list, everybody gets the event", async () => {
    expect(await receivers(await audience(), {})).toEqual(ALL);
  });

  it("eligible and exclude select by session id", async () => {
    const setup = await audience();
    const id = (name: string) => setup.people.get(name)!.id;
    expect(await receivers(setup, { eligible: [id("ann1"), id("cid")] })).toEqual(["ann1", "cid"]);
    expect(await receivers(setup, { exclude: [id("ann1"), id("cid")] })).toEqual(["ann2", "bob"]);
    expect(await receivers(setup, { eligible: [id("ann1"), id("bob"), id("cid")], exclude: [id("ann1")] })).toEqual([
      "bob",
      "cid",
    ]);
  });

  it("eligible_authid and exclude_authid select all sessions with an authid", async () => {
    const setup = await audience();
    expect(await receivers(setup, { eligible_authid: ["ann"] })).toEqual(["ann1", "ann2"]);
    expect(await receivers(setup, { exclude_authid: ["ann"] })).toEqual(["bob", "cid"]);
  });

  it("eligible_authrole and exclude_authrole select by authrole", async () => {
    const setup = await audience();
    expect(await receivers(setup, { eligible_authrole: ["staff"] })).toEqual(["bob", "cid"]);
    expect(await receivers(setup, { exclude_authrole: ["staff"] })).toEqual(["ann1", "ann2"]);
  });

  it("an empty eligible list selects nobody", async () => {
    const setup = await audience();
    for (const options of [{ eligible: [] }, { eligible_authid: [] }, { eligible_authrole: [] }])
      expect(await receivers(setup, options)).toEqual([]);
    expect(await receivers(setup, { eligible: [], eligible_authrole: ["staff"] })).toEqual([]);
  });

  it("an empty exclude list excludes nobody", async () => {
    const setup = await audience();
    for (const options of [{ exclude: [] }, { exclude_authid: [] }, { exclude_authrole: [] }])
      expect(await receivers(setup, options)).toEqual(ALL);
  });

  it("names that nobody has are ignored", async () => {
    const setup = await audience();
    expect(await receivers(setup, { exclude: [1], exclude_authid: ["x"], exclude_authrole: ["y"] })).toEqual(ALL);
    expect(await receivers(setup, { eligible: [1] })).toEqual([]);
    expect(await receivers(setup, { eligible_authid: ["bob", "bob", "x"] })).toEqual(["bob"]);
  });

  it("lists of the wrong type are protocol violations", async () => {
    for (const options of [
      { eligible: "bob" },
      { exclude: ["bob"] },
      { eligible: [0] },
      { exclude_authid: [1] },
      { eligible_authrole: null },
    ]) {
      const { publisher } = await audience();
      publisher.publish(TOPIC, {}, options as unknown as PublishOptions);
      await expectAbort(publisher, ErrorUri.PROTOCOL_VIOLATION);
    }
  });
});

describe("Subscriber Black- and Whitelisting: all combinations", () => {
  it.each(["exact", "prefix", "wildcard"] as const)(
    "of the six lists: an event goes to subscribers that satisfy all of them (%s subscriptions)",
    async (match) => {
      const setup = await audience(match);
      const ids = new Map(PEOPLE.map(({ name }) => [name, setup.people.get(name)!.id]));
      const lists = {
        eligible: [ids.get("ann1")!, ids.get("bob")!, ids.get("cid")!],
        eligible_authid: ["ann", "bob"],
        eligible_authrole: ["staff", "manager"],
        exclude: [ids.get("cid")!],
        exclude_authid: ["bob", "nobody"],
        exclude_authrole: ["manager"],
      } satisfies PublishOptions;
      const names = Object.keys(lists) as Array<keyof typeof lists>;
      for (let mask = 0; mask < 2 ** names.length; mask++) {
        const chosen = names.filter((_, index) => (mask & (1 << index)) !== 0);
        const options: PublishOptions = Object.fromEntries(chosen.map((name) => [name, lists[name]]));
        const expected = PEOPLE.filter(({ name, authid, authrole }) => {
          const own = { "": ids.get(name)!, _authid: authid, _authrole: authrole };
          return chosen.every((list) => {
            const kind = list.replace(/^(eligible|exclude)/, "") as keyof typeof own;
            const listed = (lists[list] as ReadonlyArray<number | string>).includes(own[kind]);
            return list.startsWith("eligible") ? listed : !listed;
          });
        }).map(({ name }) => name);
        expect([chosen, await receivers(setup, options)]).toEqual([chosen, expected]);
      }
    },
  );

  it("the publisher is excluded as well, except with exclude_me: false", async () => {
    const { publisher } = await audience();
    await publisher.subscribe(TOPIC);
    publisher.publish(TOPIC, {}, { eligible: [publisher.id] });
    await publisher.expectNothing();
    publisher.publish(TOPIC, {}, { eligible: [publisher.id], exclude_me: false });
    await publisher.expect(M.EVENT);
    publisher.publish(TOPIC, {}, { exclude: [publisher.id], exclude_me: false });
    await publisher.expectNothing();
  });

  it("subscribers do not see the lists", async () => {
    const { publisher, people } = await audience();
    publisher.publish(TOPIC, {}, { exclude: [1], eligible_authid: ["bob"], exclude_authrole: ["x"] });
    expect((await people.get("bob")!.expect(M.EVENT)).details).toEqual({});
  });
});
