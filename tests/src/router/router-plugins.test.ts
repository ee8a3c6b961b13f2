// Plugins of the router as a whole: set up once, before the realms, and undone after them.
import { CloseUri, ErrorUri } from "@kreuz/codec";
import { allowAll, createRouter, denyAll, type LocalSession, type RouterPlugin } from "@kreuz/router";
import { FakeClock, settle } from "@kreuz/testkit";
import { describe, expect, it } from "vitest";

const SHOP = { uri: "com.example.shop", authorizer: allowAll };
const DEPOT = { uri: "com.example.depot", authorizer: denyAll };

describe("Plugins of the router", () => {
  it("are set up in order before the first realm, and undone in reverse after the last", async () => {
    const told: string[] = [];
    const teller = (name: string): RouterPlugin => ({
      name,
      setup({ realms, signal, defer, on, eachRealm }) {
        told.push(`${name}: ${realms.length} realms`);
        signal.addEventListener("abort", () => told.push(`${name} aborted`));
        on("realmOpened", (realm) => told.push(`${name}: ${realm} open`));
        on("draining", () => told.push(`${name}: draining`));
        on("realmClosed", (realm) => told.push(`${name}: ${realm} closed`));
        eachRealm((realm) => ({
          name: `${name} of ${realm}`,
          setup: (context) => context.defer(() => void told.push(`${name} left ${realm}`)),
        }));
        defer(() => void told.push(`${name} undone`));
      },
    });
    const router = await createRouter({ plugins: [teller("one"), teller("two")], realms: [SHOP] });
    expect(told.splice(0)).toEqual([
      "one: 0 realms",
      "two: 0 realms",
      "one: com.example.shop open",
      "two: com.example.shop open",
    ]);
    await router.close();
    expect(told).toEqual([
      "one aborted",
      "two aborted",
      "one: draining",
      "two: draining",
      "two left com.example.shop",
      "one left com.example.shop",
      "one: com.example.shop closed",
      "two: com.example.shop closed",
      "two undone",
      "one undone",
    ]);
  });

  it("extend realms to come, before the realms' own plugins, and may leave one out", async () => {
    const order: string[] = [];
    const note = (name: string) => ({ name, setup: () => void order.push(name) });
    const stops: Array<() => void> = [];
    const plugin: RouterPlugin = {
      name: "every",
      setup: ({ eachRealm }) =>
        void stops.push(eachRealm((realm) => (realm === DEPOT.uri ? undefined : note(`every ${realm}`)))),
    };
    const router = await createRouter({ plugins: [plugin], realms: [{ ...SHOP, plugins: [note("own")] }, DEPOT] });
    expect(order.splice(0)).toEqual(["every com.example.shop", "own"]);
    await router.addRealm({ uri: "com.example.late", authorizer: allowAll });
    expect(order.splice(0)).toEqual(["every com.example.late"]);
    stops[0]!();
    await router.addRealm({ uri: "com.example.later", authorizer: allowAll });
    expect(order).toEqual([]);
    await router.close();
  });

  it("connect sessions that may do what their identity may, and that end with the realm", async () => {
    const sessions: LocalSession[] = [];
    const plugin: RouterPlugin = {
      name: "bridge",
      setup: ({ connect, on }) => {
        expect(() => connect(SHOP.uri, {})).toThrow('realm "com.example.shop" does not exist');
        on("realmOpened", (realm) => void sessions.push(connect(realm, { authid: "bridge", authrole: "bridge" })));
      },
    };
    const router = await createRouter({ plugins: [plugin], realms: [SHOP, DEPOT] });
    const [inShop, inDepot] = sessions;
    await inShop!.register("com.shop.price", () => 7);
    await expect(inDepot!.register("com.depot.stock", () => 7)).rejects.toMatchObject({
      uri: ErrorUri.NOT_AUTHORIZED,
    });
    await router.removeRealm(SHOP.uri);
    await expect(inShop!.call("com.shop.price")).rejects.toThrow(/closed|ended/i);
    expect(router.realms).toEqual([DEPOT.uri]);
    await router.close();
  });

  it("that fail keep the router from starting, and what others opened is closed", async () => {
    const undone: string[] = [];
    const opens: RouterPlugin = { name: "opens", setup: ({ defer }) => defer(() => void undone.push("opens")) };
    const fails: RouterPlugin = {
      name: "fails",
      setup() {
        throw new Error("no database");
      },
    };
    const realms = [SHOP];
    await expect(createRouter({ plugins: [opens, fails], realms })).rejects.toThrow(
      'plugin "fails" failed in setup: no database',
    );
    expect(undone).toEqual(["opens"]);
    await expect(createRouter({ plugins: [{ ...opens, requires: ["base"] }], realms })).rejects.toThrow(
      'plugin "opens" requires "base" to be listed before it',
    );
    await expect(createRouter({ plugins: [opens, opens], realms })).rejects.toThrow("already taken");
  });

  it("that never finish their setup keep the router waiting for 30 s", async () => {
    const clock = new FakeClock();
    const endless: RouterPlugin = { name: "endless", setup: () => new Promise(() => {}) };
    const started = createRouter({ clock, plugins: [endless], realms: [SHOP] });
    clock.advance(30_000);
    await expect(started).rejects.toThrow("not done after 30 s");
  });

  it("hear of no event that does not exist, and a listener that fails is logged", async () => {
    const log: object[] = [];
    const logger = { debug() {}, info() {}, warn() {}, error: (fields: object) => void log.push(fields) };
    const plugin: RouterPlugin = {
      name: "careless",
      setup({ on }) {
        expect(() => on("realmOpen" as "realmOpened", () => {})).toThrow(
          'there is no event "realmOpen"; did you mean "realmOpened"?',
        );
        on("realmClosed", () => {
          throw new Error("oops");
        });
      },
    };
    const router = await createRouter({ logger, plugins: [plugin], realms: [SHOP] });
    await router.close({ reason: CloseUri.SYSTEM_SHUTDOWN });
    await settle();
    expect(log).toMatchObject([{ plugin: "careless", event: "realmClosed" }]);
  });

  it("count, report what keeps them from their work, and offer what a listener may mount", async () => {
    let refuse = (): void => {};
    const plugin: RouterPlugin = {
      name: "ledger",
      setup({ meter, health, offer }) {
        meter.counter("lines_total", "Lines.").add(3);
        health("the disk is full");
        refuse = offer("recent", (request, { peer }) => new Response(`${request.method} ${peer}`));
        expect(() => offer("recent", () => new Response())).toThrow('plugin "ledger" offers "recent" already');
      },
    };
    const router = await createRouter({ plugins: [plugin], realms: [SHOP] });
    expect(router.pluginMetrics().map(({ name, values }) => [name, [...values()]])).toEqual([
      ["kreuz_plugin_ledger_lines_total", [{ labels: {}, value: 3 }]],
    ]);
    expect(router.health).toEqual([{ plugin: "ledger", reason: "the disk is full" }]);
    const handle = router.offered("ledger/recent");
    const ask = async () => handle(new Request("http://localhost/"), { peer: "192.0.2.1", tls: false });
    expect(await (await ask()).text()).toBe("GET 192.0.2.1");
    refuse();
    expect((await ask()).status).toBe(404);
    expect(() => router.offered("ledger/recent")).toThrow('no plugin of the router offers "ledger/recent"');
    expect(() => router.offered("a/b", "com.example.none")).toThrow('realm "com.example.none" does not exist');
    await router.close();
  });
});
