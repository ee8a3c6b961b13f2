// The contracts on extensions that keep them, and on some that do not; the built-in ones are in tests/src/router/contracts.test.ts.
import { defineExtension } from "@kreuz/codec";
import { flag, options } from "@kreuz/codec/options";
import type { Plugin, Route } from "@kreuz/router";
import { expect, it } from "vitest";
import { type ContractCase, extensionContract, pluginContract, routeContract, routerPluginContract } from "./index.js";

/** The names of the cases that fail. */
async function failing(cases: readonly ContractCase[]): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const { name, run } of cases) await run().catch(() => void failed.push(name));
  return failed;
}

const definition = { name: "thing", options: options({ loud: flag().optional() }), create: () => ({}) };

it("a route that answers all keeps the contract", async () => {
  const route: Route = { handle: async (request) => new Response(await request.text()) };
  expect(await failing(routeContract(() => route))).toEqual([]);
});

it("a route that throws at what it does not expect breaks it", async () => {
  const route: Route = { handle: async (request) => Response.json(JSON.parse(await request.text())) };
  expect((await failing(routeContract(() => route))).length).toBeGreaterThan(1);
});

it("a plugin that leaves a timer breaks the contract", async () => {
  const careless: Plugin = { name: "careless", setup: ({ clock }) => void clock.schedule(1000, () => {}) };
  expect(await failing(pluginContract(() => careless))).toEqual(["leaves nothing behind when the router closes"]);
  expect(await failing(pluginContract(() => ({ name: "tidy", setup() {} })))).toEqual([]);
});

it("a plugin of the router that fails at events breaks the contract", async () => {
  const fails = (): never => {
    throw new Error("oops");
  };
  const each = { name: "each", setup: ({ on }: Parameters<Plugin["setup"]>[0]) => void on("sessionJoined", fails) };
  const plugin = {
    name: "fails",
    setup: ({ eachRealm }: { eachRealm(make: () => Plugin): () => void }) => void eachRealm(() => each),
  };
  expect(await failing(routerPluginContract(() => plugin))).toEqual([
    "sees sessions come, call and go, and fails at nothing",
  ]);
});

it("an extension that shares what it makes, or opens something, breaks the contract", async () => {
  const shared = {};
  expect(await failing(extensionContract(defineExtension("thing", definition)))).toEqual([]);
  expect(
    await failing(extensionContract(defineExtension("thing", { ...definition, create: () => shared }))),
  ).toHaveLength(1);
  const timers: Array<ReturnType<typeof setInterval>> = [];
  const opening = defineExtension("thing", {
    ...definition,
    create: () => ({ timer: timers.push(setInterval(() => {}, 60_000)) }),
  });
  expect(await failing(extensionContract(opening))).toHaveLength(1);
  timers.forEach(clearInterval);
});

it("an extension with an example that does not fit breaks the contract", async () => {
  const wrong = defineExtension("thing", { ...definition, example: { laud: true } });
  expect((await failing(extensionContract(wrong))).length).toBeGreaterThan(0);
});
