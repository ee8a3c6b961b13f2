import type { MatchPolicy } from "@kreuz/codec";
import { z } from "zod";
import { authSchema } from "./auth-schema.js";
import type { AuthorizerConfig, RealmConfig, RoleConfig } from "./config.js";
import { extensionSchema } from "./extension-config.js";
import { bytes, choice, count, expected, flag, integer, list, milliseconds, section, text } from "./fields.js";

/** The procedure has the arguments and results of Crossbar.io's dynamic authorizers. */
const authorizingProcedure: z.ZodType<AuthorizerConfig> = section({
  procedure: text("the URI of a procedure").describe(
    "Procedure that authorizes. Called with session details, URI, action and options; returns true, false, or a dict with allow, disclose and cache.",
  ),
  realm: text("the URI of a realm").optional().describe("Realm of the procedure. Default: this realm."),
  timeoutMs: milliseconds().default(5000).describe("Time limit for its answer; without one, the action is denied."),
  cacheTtlMs: milliseconds().default(60_000).describe("Time that an answer with cache: true is kept."),
});

const authorizer = z.union([authorizingProcedure, extensionSchema]);

/** A URI with its match policy. */
export const patternFields: { readonly uri: z.ZodType<string>; readonly match: z.ZodType<MatchPolicy> } = {
  uri: z
    .string(expected("a URI"))
    .describe("A URI; for prefix, the start of URIs, may be empty; for wildcard, a URI with empty components."),
  match: choice(["exact", "prefix", "wildcard"]).default("exact").describe("Match policy: exact, prefix or wildcard."),
};

const permission = section({
  ...patternFields,
  allow: section({
    call: flag().default(false).describe("Allows calling procedures."),
    register: flag().default(false).describe("Allows registering procedures."),
    forceReregister: flag()
      .default(false)
      .describe("Allows taking over other sessions' procedures with force_reregister; needs register."),
    subscribe: flag().default(false).describe("Allows subscribing to topics."),
    publish: flag().default(false).describe("Allows publishing to topics."),
  }).describe("Allowed actions; all others are denied."),
  disclose: choice(["on-request", "always", "never"])
    .optional()
    .describe("Whether callers and publishers are disclosed: on-request (default), always or never."),
  trustlevel: integer(0, 2 ** 31 - 1)
    .optional()
    .describe("Trust level that calls and events carry; 0 is the lowest."),
  maxCallTimeoutMs: milliseconds().optional().describe("Max duration of a call."),
});

const roleLimits = section({
  messagesPerSecond: count().optional().describe("Max messages per second from a session of the role."),
  bytesPerSecond: bytes().optional().describe("Max bytes per second from a session of the role."),
});

const role: z.ZodType<RoleConfig> = section({
  name: text("the name of a role").describe("Name of the role; the authrole of its sessions."),
  permissions: list(permission, "a list of permissions")
    .default([])
    .describe("Permissions of the role. The most specific match decides; without a match, the action is denied."),
  authorizer: authorizer.optional().describe("Procedure or package that authorizes the role. Replaces permissions."),
  limits: roleLimits.optional().describe("Rates of the role's sessions, in place of limits."),
});

/** A realm: its authentication, roles and plugins. */
export const realmSchema: z.ZodType<RealmConfig> = section({
  name: text("the URI of the realm").describe("URI of the realm, which clients send in HELLO."),
  auth: authSchema,
  roles: list(role, "a list of roles").min(1, expected("at least one role")).describe("Roles and their permissions."),
  authorizer: authorizer
    .optional()
    .describe("Procedure or package that authorizes all roles without permissions and authorizer."),
  plugins: list(extensionSchema, "a list of plugins")
    .default([])
    .describe("Plugins of the realm, in the order of their setup."),
}).describe("A realm. Its sessions are isolated from those of other realms.");
