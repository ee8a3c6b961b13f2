import type { Route } from "@kreuz/router";
import { check, type ContractCase } from "@kreuz/testkit";
import { testPlugin } from "./test-plugin.js";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/**
 * What holds for every route, whatever it is for: it answers whoever asks, and fails at nothing.
 *
 * @param make - makes the route that is tested.
 */
export function routeContract(make: () => Route): ContractCase[] {
  const onRoute = (name: string, body: (ask: Ask) => Promise<void>): ContractCase => ({
    name,
    async run() {
      const kit = await testPlugin([], { routes: { "/route": make() } });
      try {
        await body((path, init) => kit.fetch(`/route${path}`, init));
      } finally {
        await kit.close();
      }
    },
  });
  return [
    onRoute("answers every method, and fails at none", async (ask) => {
      for (const method of METHODS) await answered(ask, "", { method });
    }),
    onRoute("answers deeper paths and queries", async (ask) => {
      for (const path of ["/deep/down", "?a=b&a=c&=", "/%00%2F", "/"]) await answered(ask, path, {});
    }),
    onRoute("answers bodies that are none of what it expects", async (ask) => {
      const bodies = ["", "{", "null", "a".repeat(1_000_000), new Uint8Array([0xff, 0xfe, 0])];
      for (const body of bodies) await answered(ask, "", { method: "POST", body });
    }),
    onRoute("ends when nobody waits for the answer any more", async (ask) => {
      const abort = new AbortController();
      const asked = ask("", { method: "POST", body: "{}", signal: abort.signal }).catch(() => undefined);
      abort.abort();
      await asked;
    }),
  ];
}

type Ask = (path: string, init: RequestInit) => Promise<Response>;

async function answered(ask: Ask, path: string, init: RequestInit): Promise<void> {
  const { method = "GET" } = init;
  const response: unknown = await ask(path, init).catch((error: unknown) => {
    check(false, `${method} ${path}: it threw ${String(error)}`);
  });
  check(response instanceof Response, `${method} ${path}: expected a Response, got ${String(response)}`);
  check(response.status < 500, `${method} ${path}: it answered ${response.status}`);
  await response.arrayBuffer();
}
