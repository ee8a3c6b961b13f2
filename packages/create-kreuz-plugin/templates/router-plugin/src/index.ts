import { flag, options } from "@kreuz/codec/options";
import { defineRouterPlugin } from "@kreuz/router";

/** Counts the calls of all realms, and offers the numbers over HTTP. */
export const myPlugin = defineRouterPlugin({
  name: "my-plugin",
  options: options({ refused: flag().default(true).describe("Counts clients that could not join, too.") }),
  example: { refused: true },
  create: ({ refused: countsRefused }) => ({
    // Once, before the first realm opens.
    setup(router) {
      const calls = new Map<string, number>();
      let refused = 0;
      if (countsRefused) router.on("joinRefused", () => void refused++);
      router.eachRealm((uri) => ({
        name: "my-plugin",
        setup: (realm) => void realm.on("callEnded", () => void calls.set(uri, (calls.get(uri) ?? 0) + 1)),
      }));
      // Reachable only where the config mounts it.
      router.offer("numbers", () => Response.json({ calls: Object.fromEntries(calls), refused }));
    },
  }),
});
