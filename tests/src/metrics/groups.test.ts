// Calls and publications counted by groups of URIs, which only the operator can make.
import { Budget, MessageType as M } from "@kreuz/codec";
import { kreuzMetrics, MAX_GROUPS, type UriGroup, UriGroups } from "@kreuz/metrics";
import { denyAll } from "@kreuz/router";
import { describe, expect, test } from "vitest";
import { createTestRouter, REALM, testRealm, type TestRouter } from "../support/index.js";

const GROUPS: readonly UriGroup[] = [
  { name: "shop", uri: "com.shop.", match: "prefix" },
  { name: "orders", uri: "com.shop.order", match: "prefix" },
  { name: "price", uri: "com.shop.order.price", match: "exact" },
  { name: "status", uri: "com..status", match: "wildcard" },
];

interface Counted {
  readonly router: TestRouter;
  /** The series of groups that are not 0, without those of buckets. */
  read(): Promise<readonly string[]>;
}

async function counted(given: readonly UriGroup[], realm: Parameters<typeof testRealm>[0] = {}): Promise<Counted> {
  const groups = new UriGroups(given);
  const router = await createTestRouter({ realm: { ...realm, plugins: [groups.plugin()] } });
  return { router, read: async () => (await textOf(router, groups)).filter((line) => !/ 0$|_bucket/.test(line)) };
}

async function textOf(router: TestRouter, groups?: UriGroups): Promise<readonly string[]> {
  const reloads = { ok: 0, refused: 0, lastSuccess: 0 };
  const budget = new Budget();
  const source = {
    router,
    listeners: [],
    budget,
    limits: () => [],
    version: "1.2.3",
    ready: () => true,
    reloads,
    groups,
  };
  const text = await kreuzMetrics(source).metrics();
  return text.split("\n").filter((line) => line.startsWith("kreuz_group_"));
}

describe("Groups of URIs", () => {
  test("calls: each once, with its outcome and duration, in the most specific group", async () => {
    const { router, read } = await counted(GROUPS);
    const [caller, callee] = [await router.join(), await router.join()];
    for (const uri of ["com.shop.hello", "com.shop.order.price"]) await callee.register(uri);
    for (const procedure of ["com.shop.hello", "com.shop.order.price", "com.other"]) {
      caller.sendCall(procedure);
      if (procedure === "com.other") continue;
      const { request } = await callee.expect(M.INVOCATION);
      router.clock.advance(2000);
      callee.send({ type: M.YIELD, request, options: {}, payload: {} });
      await caller.expect(M.RESULT);
    }
    await caller.expect(M.ERROR);
    for (const missing of ["com.shop.order.none", "com.dhl.status"]) {
      caller.sendCall(missing);
      await caller.expect(M.ERROR);
    }
    const of = (group: string) => `{realm="${REALM}",group="${group}"`;
    expect(await read()).toEqual([
      `kreuz_group_calls_total${of("shop")},outcome="ok"} 1`,
      `kreuz_group_calls_total${of("orders")},outcome="no_procedure"} 1`,
      `kreuz_group_calls_total${of("price")},outcome="ok"} 1`,
      `kreuz_group_calls_total${of("status")},outcome="no_procedure"} 1`,
      `kreuz_group_call_duration_seconds_sum${of("shop")}} 2`,
      `kreuz_group_call_duration_seconds_count${of("shop")}} 1`,
      `kreuz_group_call_duration_seconds_sum${of("price")}} 2`,
      `kreuz_group_call_duration_seconds_count${of("price")}} 1`,
    ]);
  });

  test("calls that were not allowed are denied", async () => {
    const { router, read } = await counted(GROUPS, { authorizer: denyAll });
    const caller = await router.join();
    caller.sendCall("com.shop.hello");
    await caller.expect(M.ERROR);
    expect(await read()).toEqual([`kreuz_group_calls_total{realm="${REALM}",group="shop",outcome="denied"} 1`]);
  });

  test("publications, and all their receivers", async () => {
    const { router, read } = await counted(GROUPS);
    const publisher = await router.join();
    for (let count = 0; count < 3; count++) await (await router.join()).subscribe("com.shop.order.made");
    for (const topic of ["com.shop.order.made", "com.shop.order.made", "com.elsewhere"]) {
      publisher.publish(topic, {}, { acknowledge: true });
      await publisher.expect(M.PUBLISHED);
    }
    expect(await read()).toEqual([
      `kreuz_group_publications_total{realm="${REALM}",group="orders"} 2`,
      `kreuz_group_events_total{realm="${REALM}",group="orders"} 6`,
    ]);
  });

  test("without groups their metrics do not exist", async () => {
    expect(await textOf(await createTestRouter())).toEqual([]);
  });

  test("many realms share their histograms, so that a scrape stays small", async () => {
    const groups = new UriGroups(
      Array.from({ length: MAX_GROUPS }, (_, index) => ({ name: `g${index}`, uri: `com.g${index}`, match: "exact" })),
    );
    const realms = Array.from({ length: 5 }, (_, index) =>
      testRealm({ uri: `com.realm${index}`, plugins: [groups.plugin()] }),
    );
    const router = await createTestRouter({ realms });
    for (const { uri } of realms) {
      const caller = await router.join({ realm: uri });
      await caller.register("com.g7");
      caller.sendCall("com.g7");
      const { request } = await caller.expect(M.INVOCATION);
      caller.send({ type: M.YIELD, request, options: {}, payload: {} });
      await caller.expect(M.RESULT);
    }
    const lines = await textOf(router, groups);
    expect(lines).toContain('kreuz_group_call_duration_seconds_count{realm="_all",group="g7"} 5');
    expect(lines).toContain('kreuz_group_calls_total{realm="com.realm3",group="g7",outcome="ok"} 1');
  });

  test.each<[string, readonly UriGroup[]]>([
    [
      "at most 50",
      Array.from({ length: 51 }, (_, index) => ({ name: `${index}`, uri: `com.${index}`, match: "exact" })),
    ],
    ["defined twice", [GROUPS[0]!, { name: "shop", uri: "com.other", match: "exact" }]],
    ["the same URI and match", [GROUPS[0]!, { ...GROUPS[0]!, name: "again" }]],
  ])("refuses what makes no sense: %s", (message, groups) => {
    expect(() => new UriGroups(groups)).toThrow(message);
  });
});
