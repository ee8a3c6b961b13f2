import { ErrorUri, WampError } from "@kreuz/codec";
import type { Plugin, RealmContext, Route, Router, RouterPlugin } from "@kreuz/router";
import { describe, expect, it } from "vitest";
import { testPlugin } from "./index.js";

const orderCheck: Plugin = {
  name: "order-check",
  setup(realm) {
    realm.guard("call", { uri: "com.shop.order" }, ({ payload }) => {
      const [order] = (payload.args ?? []) as readonly { id?: unknown }[];
      return typeof order?.id === "number"
        ? undefined
        : new WampError(ErrorUri.INVALID_ARGUMENT, "id: expected a number");
    });
  },
};

/** The router of a test, for a plugin that opens sessions. */
const subscribing: Router[] = [];

describe("testPlugin", () => {
  it("has a router and clients in five lines", async () => {
    const kit = await testPlugin(orderCheck);
    const shop = await kit.client();
    await shop.register("com.shop.order", ({ args }) => args[0]);
    const bob = await kit.client({ authid: "bob", authrole: "customer" });
    await expect(bob.call("com.shop.order", [{ id: "x" }])).rejects.toMatchObject({ uri: ErrorUri.INVALID_ARGUMENT });
    await expect(bob.call("com.shop.order", [{ id: 7 }])).resolves.toMatchObject({ args: [{ id: 7 }] });
    await kit.close();
  });

  it("has clients over a transport", async () => {
    const kit = await testPlugin(orderCheck);
    const client = await kit.wire({ authid: "ann" });
    await expect(client.call("com.shop.order")).rejects.toMatchObject({ uri: ErrorUri.INVALID_ARGUMENT });
    await kit.close();
  });

  it("freezes what guards see", async () => {
    const careless: Plugin = {
      name: "careless",
      setup: (realm) =>
        void realm.guard("call", { uri: "com.shop.order" }, ({ payload }) => {
          (payload.args as unknown[])[0] = "changed";
        }),
    };
    const kit = await testPlugin(careless);
    const bob = await kit.client();
    await expect(bob.call("com.shop.order", [1])).rejects.toMatchObject({ uri: ErrorUri.RUNTIME_ERROR });
    expect(kit.log.filter(({ level }) => level === "error")).toMatchObject([{ fields: { plugin: "careless" } }]);
    await kit.close();
  });

  it.each<[string, (realm: RealmContext) => void]>([
    ["1 registrations", (realm) => void realm.procedure("com.shop.late", () => undefined)],
    [
      "1 subscriptions",
      (realm) => subscribing.forEach((router) => void router.connect(realm.uri).subscribe("com.shop.late", () => {})),
    ],
  ])("fails to close when %s stay of a session that has left", async (left, leave) => {
    const kit = await testPlugin({
      name: "forgetful",
      setup: (realm) => void realm.on("sessionJoined", () => leave(realm)),
    });
    subscribing.push(kit.router);
    await kit.wire();
    await expect(kit.close()).rejects.toThrow(`after its clients left, the realm has ${left} more than after setup`);
    subscribing.length = 0;
  });

  it("closes when all is as it was after setup, whatever clients did", async () => {
    const kit = await testPlugin({
      name: "tidy",
      setup(realm) {
        realm.procedure("com.shop.now", () => 1);
        realm.on("sessionJoined", () => {
          const unregister = realm.procedure("com.shop.late", () => undefined);
          realm.on("sessionLeft", unregister);
        });
      },
    });
    const [client, wire] = [await kit.client(), await kit.wire()];
    await client.register("com.shop.order", () => undefined);
    await wire.subscribe("com.shop.news");
    await kit.close();
  });

  it("tests plugins of the router, too", async () => {
    const heard: string[] = [];
    const routerPlugin: RouterPlugin = {
      name: "every",
      setup: ({ eachRealm, on }) => {
        on("realmOpened", (realm) => void heard.push(realm));
        eachRealm(() => orderCheck);
      },
    };
    const kit = await testPlugin([], { routerPlugins: [routerPlugin] });
    const bob = await kit.client();
    await expect(bob.call("com.shop.order", [{}])).rejects.toMatchObject({ uri: ErrorUri.INVALID_ARGUMENT });
    expect(heard).toEqual(kit.router.realms);
    await kit.close();
  });

  it("fails to close when a timer stays", async () => {
    const kit = await testPlugin({ name: "forgetful", setup: ({ clock }) => void clock.schedule(1000, () => {}) });
    await expect(kit.close()).rejects.toThrow("left 1 timers behind");
  });

  it("sends HTTP requests to routes and offers", async () => {
    const offering: Plugin = { name: "offering", setup: (realm) => void realm.offer("count", () => new Response("7")) };
    const counting: RouterPlugin = {
      name: "counting",
      setup: (router) => void router.offer("all", () => new Response("9")),
    };
    const echo: Route = { handle: async (request, { realm }) => new Response(`${realm.uri} ${request.url}`) };
    const kit = await testPlugin(offering, { routerPlugins: [counting], routes: { "/echo": echo } });
    const texts = ["offering/count", "counting/all", "/echo/deep?a=1"].map(async (target) =>
      (await kit.fetch(target)).text(),
    );
    const url = "http://router.example.com/echo/deep?a=1";
    expect(await Promise.all(texts)).toEqual(["7", "9", `com.example.realm ${url}`]);
    await expect(kit.fetch("/echoes")).rejects.toThrow("no route is at /echoes");
    await kit.close();
  });

  it("reads what plugins measure", async () => {
    const measuring = (name: string): Plugin => ({
      name,
      setup({ meter }) {
        const refused = meter.counter("refused_total", "Orders refused.", { why: ["unknown", "too_big"] });
        refused.add(2, { why: "unknown" });
        refused.add(3, { why: "too_big" });
        meter.gauge("open", "Open orders.", () => 7);
        meter.histogram("size", "Sizes.", [1, 10]).observe(5);
      },
    });
    const kit = await testPlugin(measuring("order-check"));
    expect(kit.metric("refused_total")).toBe(5);
    expect(kit.metric("refused_total", { why: "unknown" })).toBe(2);
    expect([kit.metric("open"), kit.metric("size"), kit.metric("kreuz_plugin_order_check_open")]).toEqual([7, 1, 7]);
    expect(() => kit.metric("refused_total", { why: "stale" })).toThrow('no series with {"why":"stale"}');
    expect(() => kit.metric("opened")).toThrow(
      "no plugin has a metric opened; there are kreuz_plugin_order_check_refused",
    );
    await kit.close();

    const two = await testPlugin([measuring("one"), measuring("other")]);
    expect(() => two.metric("open")).toThrow("it may be kreuz_plugin_one_open, kreuz_plugin_other_open");
    expect(two.metric("kreuz_plugin_other_open")).toBe(7);
    await two.close();
  });

  it("gives a running plugin other options", async () => {
    const greeter = ({ greeting }: { greeting: string }): Plugin => ({
      name: "greeter",
      setup: (realm) => void realm.procedure("com.example.greet", () => greeting),
      update(next: { greeting: string }) {
        if (next.greeting === "") throw new Error("that is no greeting");
        ({ greeting } = next);
      },
    });
    const kit = await testPlugin([orderCheck, greeter({ greeting: "Hello" })]);
    const client = await kit.client();
    await kit.reload({ greeting: "Moin" });
    await expect(kit.reload({ greeting: "" })).rejects.toThrow("that is no greeting");
    expect(await client.call("com.example.greet")).toMatchObject({ args: ["Moin"] });
    await kit.close();

    const fixed = await testPlugin(orderCheck);
    await expect(fixed.reload({})).rejects.toThrow("no tested plugin has update(options)");
    await fixed.close();
  });
});
