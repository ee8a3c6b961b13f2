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
});
