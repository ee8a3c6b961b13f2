import { z } from "zod";
import { cookiesSchema } from "./auth-schema.js";
import type { Config } from "./config.js";
import { choice, expected, flag, list, section } from "./fields.js";
import { limitsSchema } from "./limits-schema.js";
import { realmSchema } from "./realm-schema.js";
import { transportSchema } from "./transport-schema.js";

const log = section({
  level: choice(["debug", "info", "warn", "error", "silent"])
    .default("info")
    .describe("The least that is logged: debug, info, warn, error or silent."),
  format: choice(["auto", "pretty", "json"])
    .default("auto")
    .describe("pretty or json; auto is pretty on a terminal and JSON everywhere else."),
});

/** A whole config file. */
export const configSchema: z.ZodType<Config> = section({
  $schema: z.string(expected("the address of the JSON Schema")).optional().describe("For editors; not read here."),
  realms: list(realmSchema, "a list of realms").min(1, expected("at least one realm")).describe("The realms."),
  transports: list(transportSchema, "a list of transports")
    .min(1, expected("at least one transport"))
    .prefault([{ type: "websocket" }])
    .describe("Where clients connect."),
  limits: limitsSchema.prefault({}).describe("Bounds that every session lives within."),
  uriRule: choice(["loose", "strict"])
    .default("loose")
    .describe(
      "Characters in URIs: loose as the specification allows, or strict (lower case letters, digits, underscores).",
    ),
  strictRequestIds: flag()
    .default(false)
    .describe("Ends sessions whose request ids do not count up by one, as the specification demands."),
  slowConsumer: choice(["drop", "disconnect"])
    .default("drop")
    .describe("What happens to a client that reads too slowly: drop (it misses events) or disconnect."),
  cookies: cookiesSchema.optional().describe("Cookies that the transports set, for the method cookie."),
  log: log.prefault({}).describe("The log, on standard output."),
});

/** The JSON Schema of a config file, for editors. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { io: "input" });
  return { $schema, title: "Configuration of the Kreuz WAMP router", ...schema };
}
