// Limits how often each session may call some procedures.
import { WampError } from "@kreuz/codec";
import { choice, integer, list, options, text } from "@kreuz/codec/options";
import { definePlugin } from "@kreuz/router";

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
        // When the calls of a session are used up by the time that has passed; gone with the session.
        const busyUntil = new WeakMap();
        const msPerCall = 60_000 / perMinute;
        realm.guard("call", { uri, match }, ({ session, part }) => {
          if (part) return;
          const now = realm.clock.monotonic();
          const until = Math.max(busyUntil.get(session) ?? 0, now) + msPerCall;
          if (until - now <= 60_000) return void busyUntil.set(session, until);
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
