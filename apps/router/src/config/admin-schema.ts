import { DEFAULT_ADMIN_REALM } from "@kreuz/admin";
import type { z } from "zod";
import { MAX_GROUPS } from "@kreuz/metrics";
import type { AdminConfig, DrainConfig, MetricsConfig } from "./config.js";
import { authSchema } from "./auth-schema.js";
import { expected, flag, integer, list, section, text } from "./fields.js";
import { patternFields } from "./realm-schema.js";
import { tlsSchema } from "./transport-schema.js";

export const DEFAULT_ADMIN_PORT = 9080;

/** The admin listener. */
export const adminSchema: z.ZodType<AdminConfig> = section({
  host: text("a host name or address")
    .default("127.0.0.1")
    .describe("Host or address of the admin listener; 127.0.0.1 is this machine only."),
  port: integer(0, 65_535).default(DEFAULT_ADMIN_PORT).describe("TCP port; 0 for any free port."),
  unix: text("a path")
    .optional()
    .describe("Path of a Unix socket in place of host and port, relative to the config file."),
  tls: tlsSchema.optional().describe("Encrypts with TLS. SIGHUP reads the files again."),
  insecure: flag()
    .default(false)
    .describe("Lets operators log in from other machines without TLS: only behind a proxy that adds it."),
  realm: text("the URI of a realm").default(DEFAULT_ADMIN_REALM).describe("Name of the management realm."),
  auth: authSchema
    .optional()
    .describe(
      "Authentication methods of the management realm, for users with the role viewer or operator. Default: no such realm.",
    ),
  console: flag().default(true).describe("Serves the web console, if there is a management realm."),
  metrics: flag().default(true).describe("Serves /metrics for Prometheus."),
  metricsToken: text("a token")
    .optional()
    .describe("Bearer token that whoever reads /metrics must send. Default: none."),
});

const group = section({
  name: text("a name").describe("Name of the group: the label group of its metrics."),
  ...patternFields,
});

/** What is counted besides what always is. */
export const metricsSchema: z.ZodType<MetricsConfig> = section({
  groups: list(group, "a list of groups")
    .max(MAX_GROUPS, expected(`at most ${MAX_GROUPS} groups`))
    .default([])
    .describe("Groups of URIs whose calls and publications are counted apart. The most specific match counts a URI."),
});

/** How the router is drained. */
export const drainSchema: z.ZodType<DrainConfig> = section({
  graceMs: integer(0, 3_600_000, "milliseconds, 0 or more")
    .default(30_000)
    .describe("Time for pending calls to be answered before connections are closed."),
  spreadMs: integer(0, 3_600_000, "milliseconds, 0 or more")
    .default(10_000)
    .describe("Time over which connections are closed, in random order, so that not all clients come back at once."),
});
