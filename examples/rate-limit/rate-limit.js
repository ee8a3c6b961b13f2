// Limits how often each session may call some procedures.
import { WampError } from "@kreuz/codec";
import { choice, integer, list, options, text } from "@kreuz/codec/options";
import { definePlugin, TokenBucket } from "@kreuz/router";

const limit = options({
  uri: text("a URI"),
  match: choice("exact", "prefix", "wildcard").default("exact"),
  perMinute: integer(1),
});

/** As many calls at once as in a minute; then one more whenever its time has come. */
export const rateLimit = definePlugin({
  name: "rate-limit",
  options: options({ limits: list(limit) }),
  example: { limits: [{ uri: "com.example.search", perMinute: 60 }] },
  create: ({ limits }) => ({
    setup(realm) {
      const refused = realm.meter.counter("refused_total", "Calls that came too often.");
      for (const { uri, match, perMinute } of limits) {
        // Gone with the session.
        const buckets = new WeakMap();
        realm.guard("call", { uri, match }, ({ session, part }) => {
          if (part) return;
          const bucket = buckets.get(session) ?? new TokenBucket(realm.clock, perMinute, 60_000);
          buckets.set(session, bucket);
          if (bucket.tryTake(1, perMinute)) return;
          refused.add();
          return new WampError(
            "com.example.error.too_many_calls",
            `at most ${perMinute} calls a minute; try again later`,
          );
        });
      }
    },
  }),
});
