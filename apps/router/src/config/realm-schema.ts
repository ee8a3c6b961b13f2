import { z } from "zod";
import { authSchema } from "./auth-schema.js";
import { authorizer } from "./authorizer-schema.js";
import type { PluginConfig, RealmConfig, RoleConfig } from "./config.js";
import { choice, expected, flag, integer, list, milliseconds, section, text } from "./fields.js";

const allow = section({
  call: flag().default(false).describe("Call procedures."),
  register: flag().default(false).describe("Offer procedures."),
  subscribe: flag().default(false).describe("Receive events."),
  publish: flag().default(false).describe("Send events."),
});

const permission = section({
  uri: z
    .string(expected("a URI"))
    .describe(
      "A URI; for prefix the beginning of URIs, may be empty; for wildcard a URI whose empty components stand for any.",
    ),
  match: choice(["exact", "prefix", "wildcard"])
    .default("exact")
    .describe("How the URI is matched: exact, prefix or wildcard."),
  allow: allow.describe("The actions that are allowed; what is not named is denied."),
  disclose: choice(["on-request", "always", "never"])
    .optional()
    .describe("Who calls or publishes is told to the other side: on-request (the default), always or never."),
  trustlevel: integer(0, 2 ** 31 - 1)
    .optional()
    .describe("Goes out with calls and events; 0 is the lowest."),
  maxCallTimeoutMs: milliseconds().optional().describe("Time that a call may take at most."),
});

const role: z.ZodType<RoleConfig> = section({
  name: text("the name of a role").describe("Name of the role; the authrole of its sessions."),
  permissions: list(permission, "a list of permissions")
    .default([])
    .describe("What the role may do. The most specific rule that matches decides; what none allows is denied."),
  authorizer: authorizer.optional().describe("A procedure that decides for the role, instead of permissions."),
});

const plugin: z.ZodType<PluginConfig> = section({
  package: text("the name of a package, or a path").describe(
    "Name of an npm package, or a path beginning with a dot, relative to this file.",
  ),
  export: text("the name of an export")
    .optional()
    .describe("The export that makes the plugin, where it cannot be told from the name of the package."),
  options: z.record(z.string(), z.unknown(), expected("a mapping")).optional().describe("Options of the plugin."),
});

/** A realm: its ways in, its roles, its plugins. */
export const realmSchema: z.ZodType<RealmConfig> = section({
  name: text("the URI of the realm").describe("URI of the realm, which clients ask for in HELLO."),
  auth: authSchema.describe("The ways into the realm, by authentication method; at least one."),
  roles: list(role, "a list of roles").min(1, expected("at least one role")).describe("Who may do what."),
  authorizer: authorizer
    .optional()
    .describe("A procedure that decides for every role that has neither permissions nor an authorizer."),
  plugins: list(plugin, "a list of plugins").default([]).describe("Plugins of the realm, in the order of their setup."),
}).describe("A realm: sessions of one realm never see those of another.");
