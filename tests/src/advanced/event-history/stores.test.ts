// Not in the specification: what bounds a result, and what the router does with slow and failing stores.
import { Budget, ConfigError, ErrorUri, MessageType as M } from "@kreuz/codec";
import { eventHistory, memoryStore, type EventStore } from "@kreuz/event-history";
import { settle } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";
import { call, expectError, REALM } from "../../support/index.js";
import { createHistoryRouter, GET_EVENTS, getEvents, publish, setUp, TOPIC } from "./history-router.js";

describe("Event History: large results", () => {
  it("end at maxLimit events, whatever limit the caller asks for", async () => {
    const { publisher, reader } = await setUp({ history: { maxLimit: 3 } });
    for (const name of ["1", "2", "3", "4"]) await publish(publisher, TOPIC, name);
    const subscription = await reader.subscribe(TOPIC);
    for (const kwargs of [{}, { limit: 1_000_000 }]) {
      const { events, more } = await getEvents(reader, subscription, kwargs);
      expect([events.length, more]).toEqual([3, true]);
    }
  });

  it("end at maxResultBytes, but never before the first event", async () => {
    const { publisher, reader } = await setUp({ history: { maxResultBytes: 2_000 } });
    for (const name of ["1", "2", "3"]) await publish(publisher, TOPIC, { args: [name, "x".repeat(1_200)] });
    const subscription = await reader.subscribe(TOPIC);
    const page = await getEvents(reader, subscription);
    expect([page.events.length, page.more]).toEqual([1, true]);
    const rest = await getEvents(reader, subscription, {
      after_publication: page.events[0]?.["publication"],
      limit: 5,
    });
    expect([rest.events.length, rest.more]).toEqual([1, true]);
  });

  it("are read over several turns, in which others are served", async () => {
    const { router, publisher, reader } = await setUp();
    const local = router.connect(REALM);
    for (let index = 0; index < 3_500; index++) local.publish("com.example.noise", { args: [index] });
    const subscription = await reader.subscribe(TOPIC);
    await publish(publisher, TOPIC, "x");
    await reader.expect(M.EVENT);
    reader.sendCall(GET_EVENTS, { args: [subscription] });
    // The clock stands still, so the query waits for its next turn while others are served.
    await settle();
    expect(await call(publisher, "wamp.session.count")).toBe(2);
    await reader.expectNothing();
    for (let turn = 0; turn < 10; turn++) {
      router.clock.advance(0);
      await settle(2);
    }
    expect((await reader.expect(M.RESULT)).payload.args).toMatchObject([{ args: ["x"] }]);
  });

  it("of one session are few at a time: further ones are refused, and counted", async () => {
    const { router, publisher, reader } = await setUp({ history: { maxQueriesPerSession: 2 } });
    const local = router.connect(REALM);
    for (let index = 0; index < 3_500; index++) local.publish("com.example.noise", { args: [index] });
    const subscription = await reader.subscribe(TOPIC);
    for (let query = 0; query < 2; query++) reader.sendCall(GET_EVENTS, { args: [subscription] });
    const third = reader.sendCall(GET_EVENTS, { args: [subscription] });
    expect(await expectError(reader, M.CALL, third, ErrorUri.LIMIT_EXCEEDED)).toContain("2 queries under way");
    expect(router.metrics.get("limit_queries_per_session")).toBe(1);
    // Others are not concerned.
    publisher.sendCall(GET_EVENTS, { args: [subscription], kwargs: { limit: 1 } });
    for (let turn = 0; turn < 40; turn++) {
      router.clock.advance(0);
      await settle(2);
    }
    await publisher.expect(M.RESULT);
    for (let query = 0; query < 2; query++) await reader.expect(M.RESULT);
    reader.sendCall(GET_EVENTS, { args: [subscription] });
    for (let turn = 0; turn < 10; turn++) {
      router.clock.advance(0);
      await settle(2);
    }
    await reader.expect(M.RESULT);
  });

  it("300 at once: one pace for all, and what they collect is charged to who asks", async () => {
    const budget = new Budget();
    const { router, publisher, reader } = await setUp({ budget, history: { maxQueriesPerSession: 1_000 } });
    const local = router.connect(REALM);
    for (let index = 0; index < 2_000; index++) local.publish(TOPIC, { args: ["x".repeat(500)] });
    const subscription = await reader.subscribe(TOPIC);
    const idle = budget.bytes;
    for (let query = 0; query < 300; query++)
      reader.sendCall(GET_EVENTS, { args: [subscription], kwargs: { limit: 100 } });
    await settle();
    let [turns, most] = [0, 0];
    for (let answered = 0; answered < 300; turns++) {
      most = Math.max(most, budget.bytes - idle);
      router.clock.advance(0);
      await settle(2);
      // Somebody else is served in every turn.
      expect(await call(publisher, "wamp.session.count")).toBe(2);
      answered = reader.unread.filter((message) => "type" in message && message.type === M.RESULT).length;
    }
    expect(turns).toBeGreaterThan(100);
    expect(most).toBeGreaterThan(50_000);
    await settle();
    expect(budget.bytes).toBe(idle);
  });

  it("of a client that has used up its memory end early, or are refused", async () => {
    const budget = new Budget({ maxBytes: 20_000_000, maxClientBytes: 120_000 });
    const { router, reader } = await setUp({ budget });
    const local = router.connect(REALM);
    for (let index = 0; index < 100; index++) local.publish(TOPIC, { args: ["x".repeat(5_000)] });
    const subscription = await reader.subscribe(TOPIC);
    const { events, more } = await getEvents(reader, subscription, { limit: 50 });
    expect(more).toBe(true);
    expect(events.length).toBeGreaterThan(5);
    expect(events.length).toBeLessThan(25);
  });
});

describe("Event History: stores", () => {
  /** A store that answers when the test lets it. */
  function controlledStore() {
    const appended: (() => void)[] = [];
    const failures: ((error: Error) => void)[] = [];
    const store: EventStore = {
      append: () =>
        new Promise((resolve, reject) => {
          appended.push(resolve);
          failures.push(reject);
        }),
      position: () => undefined,
      read: () => [],
      close: () => {},
    };
    return { store, appended, failures };
  }

  it("that are slow delay PUBLISHED of what they keep, and nothing else", async () => {
    const { store, appended } = controlledStore();
    const { publisher, reader } = await setUp({ history: { store: () => store } });
    await reader.subscribe(TOPIC);
    const kept = publisher.publish(TOPIC, { args: ["x"] }, { acknowledge: true });
    expect((await reader.expect(M.EVENT)).payload.args).toEqual(["x"]);
    await publish(publisher, "org.example.other", "not kept");
    await publish(publisher, TOPIC, "not kept, either", { exclude: [1] });
    publisher.publish(TOPIC, { args: ["y"] });
    await publisher.expectNothing();
    appended[0]?.();
    expect((await publisher.expect(M.PUBLISHED)).request).toBe(kept);
    appended[1]?.();
    await publisher.expectNothing();
  });

  it("that are slow: beyond maxPending publications are refused to who asked, counted, and logged once", async () => {
    const { store, appended } = controlledStore();
    const { router, publisher } = await setUp({ history: { store: () => store, maxPending: 2 } });
    const requests = [0, 1, 2, 3, 4].map(() => publisher.publish(TOPIC, { args: ["x"] }, { acknowledge: true }));
    for (const request of requests.slice(2))
      expect(await expectError(publisher, M.PUBLISH, request, ErrorUri.EVENT_NOT_STORED)).toContain(
        "2 publications wait for the store (maxPending)",
      );
    expect(appended).toHaveLength(2);
    expect(router.metrics.get("limit_event_history")).toBe(3);
    expect(router.log.filter(({ level }) => level === "warn")).toHaveLength(1);
    for (const resolve of appended.splice(0)) resolve();
    for (const request of requests.slice(0, 2)) expect((await publisher.expect(M.PUBLISHED)).request).toBe(request);
    publisher.publish(TOPIC, { args: ["x"] }, { acknowledge: true });
    await settle();
    expect(appended).toHaveLength(1);
  });

  it("that fail: ERROR for who asked, two log lines for any number of failures, and health", async () => {
    const { store, appended, failures } = controlledStore();
    const { router, publisher } = await setUp({ history: { store: () => store } });
    const fail = async (): Promise<void> => {
      const request = publisher.publish(TOPIC, { args: ["x"] }, { acknowledge: true });
      publisher.publish(TOPIC);
      await settle();
      for (const reject of failures.splice(0)) reject(new Error("disk full"));
      expect(await expectError(publisher, M.PUBLISH, request, ErrorUri.EVENT_NOT_STORED)).not.toContain("disk");
    };
    for (let count = 0; count < 10; count++) await fail();
    expect(router.errors()).toMatchObject([{ fields: { topic: TOPIC, error: { message: "disk full" } } }]);
    expect(router.health).toEqual([
      { realm: REALM, plugin: "event-history", reason: "event history cannot store events: disk full" },
    ]);
    appended.length = 0;
    publisher.publish(TOPIC, {}, { acknowledge: true });
    await settle();
    appended[0]?.();
    await publisher.expect(M.PUBLISHED);
    expect(router.health).toEqual([]);
    expect(router.log.filter(({ level }) => level === "warn")).toMatchObject([{ fields: { lost: 20 } }]);
    expect(router.errors()).toHaveLength(1);
  });

  it("that throw at once are no different", async () => {
    const { store } = controlledStore();
    const broken: EventStore = {
      ...store,
      append() {
        throw new Error("broken");
      },
    };
    const { publisher } = await setUp({ history: { store: () => broken } });
    const request = publisher.publish(TOPIC, {}, { acknowledge: true });
    await expectError(publisher, M.PUBLISH, request, ErrorUri.EVENT_NOT_STORED);
  });

  it("are opened before the first session joins and closed with the realm", async () => {
    const order: string[] = [];
    const store: EventStore = {
      append: () => {},
      position: () => undefined,
      read: () => [],
      close: () => void order.push("close"),
    };
    const router = await createHistoryRouter({
      history: {
        async store({ uri }) {
          await settle(1);
          order.push(`open ${uri}`);
          return store;
        },
      },
    });
    order.push("ready");
    await router.close();
    expect(order).toEqual([`open ${REALM}`, "ready", "close"]);
  });

  it.each([
    ["topics[0].uri", { topics: [{ uri: "com..x" }] }],
    ["maxLimit", { topics: [], maxLimit: 0 }],
    ["maxResultBytes", { topics: [], maxResultBytes: -1 }],
    ["maxPending", { topics: [], maxPending: 0.5 }],
    ["maxQueriesPerSession", { topics: [], maxQueriesPerSession: 0 }],
  ])("a wrong option is refused at start-up: %s", (path, options) => {
    expect(() => eventHistory(options)).toThrow(ConfigError);
    expect(() => eventHistory(options)).toThrow(`event-history.${path}`);
    expect(() => memoryStore({ maxEvents: 0 })).toThrow("eventStore.maxEvents");
  });
});
