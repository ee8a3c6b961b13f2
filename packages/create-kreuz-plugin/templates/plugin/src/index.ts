import { options, text } from "@kreuz/codec/options";
import { definePlugin } from "@kreuz/router";

/** Greets whoever calls `com.example.my_plugin.greet`. */
export const myPlugin = definePlugin({
  name: "my-plugin",
  options: options({ greeting: text().default("Hello").describe("What it says first.") }),
  example: { greeting: "Hello" },
  create: ({ greeting }) => ({
    // Once for each realm: keep state in here, not in the module.
    setup(realm) {
      const greeted = realm.meter.counter("greeted_total", "Clients that were greeted.");
      realm.procedure("com.example.my_plugin.greet", ({ args }) => {
        greeted.add();
        return `${greeting}, ${String(args[0] ?? "you")}!`;
      });
    },
  }),
});
