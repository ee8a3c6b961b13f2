import { ErrorUri, WampError } from "@kreuz/codec";
import { choice, integer, options, text } from "@kreuz/codec/options";
import { definePlugin } from "@kreuz/router";

/** Refuses calls with more arguments than allowed. */
export const myPlugin = definePlugin({
  name: "my-plugin",
  options: options({
    uri: text("a URI").describe("The procedures that are guarded."),
    match: choice("exact", "prefix", "wildcard").default("exact").describe("Match policy."),
    maxArguments: integer(0).default(10).describe("Max positional arguments of a call."),
  }),
  example: { uri: "com.example.my_plugin", match: "prefix", maxArguments: 1 },
  create: ({ uri, match, maxArguments }) => ({
    setup(realm) {
      const refused = realm.meter.counter("refused_total", "Calls that were refused.");
      // Read the payload, never change it: its bytes go on as they came.
      realm.guard("call", { uri, match }, ({ payload }) => {
        const count = payload.args?.length ?? 0;
        if (count <= maxArguments) return undefined;
        refused.add();
        return new WampError(ErrorUri.INVALID_ARGUMENT, `expected at most ${maxArguments} arguments, got ${count}`);
      });
    },
  }),
});
