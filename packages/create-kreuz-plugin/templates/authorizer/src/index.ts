import { list, options, text } from "@kreuz/codec/options";
import { defineAuthorizer } from "@kreuz/router";

const rule = options({
  role: text("the name of a role").describe("A role."),
  below: text("a URI").describe("The role may do everything at this URI and below it."),
});

/** Allows each role everything below some URIs. */
export const myPlugin = defineAuthorizer({
  name: "my-plugin",
  options: options({ rules: list(rule).describe("What roles may do.") }),
  example: { rules: [{ role: "user", below: "com.example" }] },
  create: ({ rules }) => ({
    authorize({ authrole }, { uri, match }) {
      // The empty components of a wildcard pattern match anything, so they are below nothing that has a name there.
      return rules.some(
        ({ role, below }) => role === authrole && (uri.startsWith(`${below}.`) || (uri === below && match === "exact")),
      );
    },
  }),
});
