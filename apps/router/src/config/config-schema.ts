import { DEFAULT_MAX_DEPTH, DEFAULT_MAX_VALUES } from "@kreuz/codec";
import { DEFAULT_LIMITS as limits } from "@kreuz/router";
import { z } from "zod";
import { adminSchema, drainSchema, metricsSchema } from "./admin-schema.js";
import { authSchema, builtInAuthSchema, cookiesSchema } from "./auth-schema.js";
import { MAX_WORKERS } from "./check-workers.js";
import { clusterSchema } from "./cluster-schema.js";
import type { Config, LimitsConfig } from "./config.js";
import { extensionFields, extensionSchema } from "./extension-config.js";
import { bytes, choice, count, expected, flag, integer, list, milliseconds, section, text } from "./fields.js";
import { realmSchema } from "./realm-schema.js";
import { SECRET_KEYS } from "./secrets.js";
import { transportSchema } from "./transport-schema.js";

const MIN_MEMORY = 1024 * 1024;

/** Does not compile if a limit of the router is missing. */
const limitsSchema: z.ZodType<LimitsConfig> = section({
  handshakeTimeoutMs: milliseconds()
    .default(limits.handshakeTimeout)
    .describe("Time limit for HELLO after the transport opens or a session on it ends."),
  authenticationTimeoutMs: milliseconds()
    .default(limits.authenticationTimeout)
    .describe("Time limit from HELLO to the end of authentication."),
  goodbyeTimeoutMs: milliseconds()
    .default(limits.goodbyeTimeout)
    .describe("Time limit for a client's answer to GOODBYE; then it is disconnected."),
  handshakeMessageBytes: bytes(512)
    .default(limits.handshakeMessageBytes)
    .describe("Max bytes of a message before WELCOME; a longer one ends the connection."),
  sessionsPerRealm: count().default(limits.sessionsPerRealm).describe("Max sessions in a realm."),
  uriLength: integer(16, 65_536)
    .default(limits.uriLength)
    .describe("Max length of the URI of a topic or procedure, in characters."),
  patternComponents: integer(1, 1024)
    .default(limits.patternComponents)
    .describe("Max components of a wildcard pattern."),
  optionTextLength: count()
    .default(limits.optionTextLength)
    .describe("Max characters of a text in the options of a request, such as a resource key."),
  optionListLength: count()
    .default(limits.optionListLength)
    .describe("Max elements of a list in the options of a request, such as the receivers of a publication."),
  subscriptionsPerSession: count().default(limits.subscriptionsPerSession).describe("Max subscriptions of a session."),
  registrationsPerSession: count().default(limits.registrationsPerSession).describe("Max registrations of a session."),
  messagesPerSecond: count()
    .default(limits.messagesPerSecond)
    .describe("Max messages per second from a connection; above it, the router reads more slowly."),
  bytesPerSecond: bytes()
    .default(limits.bytesPerSecond)
    .describe("Max bytes per second from a connection; above it, the router reads more slowly."),
  joinsPerMinute: count()
    .default(limits.joinsPerMinute)
    .describe("Max HELLO messages per minute from a connection, one session after another."),
  pendingCallsPerSession: count().default(limits.pendingCallsPerSession).describe("Max unanswered calls of a session."),
  pendingCallBytesPerSession: bytes()
    .default(limits.pendingCallBytesPerSession)
    .describe("Max bytes of a session's calls that are kept because they are queued or may be rerouted."),
  queuedCallsPerRegistration: count()
    .default(limits.queuedCallsPerRegistration)
    .describe("Max calls queued for a procedure while all its callees are busy."),
  retainedTopicsPerRealm: count()
    .default(limits.retainedTopicsPerRealm)
    .describe("Max topics with a retained event in a realm."),
  retainedBytesPerRealm: bytes()
    .default(limits.retainedBytesPerRealm)
    .describe("Max payload bytes of all retained events in a realm."),
  memoryBytes: integer(MIN_MEMORY, Number.MAX_SAFE_INTEGER, `bytes, ${MIN_MEMORY} or more`)
    .optional()
    .describe(
      "Max bytes that all clients together make the router hold; then clients are disconnected: first those that have not " +
        "logged in, then the slowest readers, then those that hold most. Default: half of what Node or the container may use, " +
        "at most 2 GiB.",
    ),
  memoryBytesPerClient: integer(1, Number.MAX_SAFE_INTEGER, "bytes, 1 or more")
    .optional()
    .describe(
      "Max bytes that one client makes the router hold; then it is disconnected. Default: a quarter of memoryBytes.",
    ),
  maxNestingDepth: integer(1, 1000)
    .default(DEFAULT_MAX_DEPTH)
    .describe("Max nesting depth of lists and dicts in a message."),
  maxValues: integer(1, Number.MAX_SAFE_INTEGER)
    .default(DEFAULT_MAX_VALUES)
    .describe("Max values in the arguments of a message, in all lists and dicts together; also in its options."),
});

const log = section({
  level: choice(["debug", "info", "warn", "error", "silent"])
    .default("info")
    .describe("Lowest level that is logged: debug, info, warn, error or silent."),
  format: choice(["auto", "pretty", "json"])
    .default("auto")
    .describe("pretty or json; auto is pretty on a terminal and json elsewhere."),
  file: text("a path")
    .optional()
    .describe(
      "File that the log is appended to, relative to the config file. SIGUSR1 opens it again. Default: standard output.",
    ),
  trace: list(text('a realm, an authid or "*"'), "a list of realms and authids")
    .default([])
    .describe('Realms and authids whose messages are logged, cut and without secrets; "*" for all.'),
});

const DELAY = "milliseconds, 0 or more";

const shutdown = section({
  farewell: choice(["close", "goodbye"])
    .default("close")
    .describe(
      "close ends connections without GOODBYE, so that clients reconnect; goodbye says GOODBYE, as the specification demands, " +
        "after which many clients do not come back.",
    ),
  readyDelayMs: integer(0, 3_600_000, DELAY)
    .default(0)
    .describe("Time between /readyz saying 503 and the stop, in which load balancers notice. Not part of timeoutMs."),
  graceMs: integer(0, 3_600_000, DELAY)
    .default(400)
    .describe("Time for pending calls to be answered; with goodbye, also for clients to answer GOODBYE."),
  spreadMs: integer(0, 3_600_000, DELAY)
    .default(0)
    .describe("Time over which connections are closed, in random order, so that not all clients come back at once."),
  timeoutMs: milliseconds()
    .default(1200)
    .describe("Time for the whole stop; what is not finished by then is abandoned. More than graceMs and spreadMs."),
});

const routerPlugin = section({
  ...extensionFields,
  realms: list(text("the URI of a realm"), "a list of realms")
    .optional()
    .describe("Realms that a plugin of realms extends. Default: all. Not for plugins of the router."),
});

/** The schema of a config file. */
export const configSchema: z.ZodType<Config> = section({
  $schema: z
    .string(expected("the address of the JSON Schema"))
    .optional()
    .describe("For editors; the router ignores it."),
  realms: list(realmSchema, "a list of realms").min(1, expected("at least one realm")).describe("The realms."),
  transports: list(z.union([transportSchema, extensionSchema]), "a list of transports")
    .min(1, expected("at least one transport"))
    .prefault([{ type: "websocket" }])
    .describe("The endpoints where clients connect."),
  workers: integer(1, MAX_WORKERS)
    .default(1)
    .describe("Processes that serve all realms and transports together, for machines with many cores."),
  plugins: list(routerPlugin, "a list of plugins")
    .default([])
    .describe("Plugins of the router, and plugins of several realms. They come before the plugins of each realm."),
  limits: limitsSchema.prefault({}).describe("Limits that apply to every session."),
  uriRule: choice(["loose", "strict"])
    .default("loose")
    .describe("Syntax of URIs: loose as in the specification, or strict (lower-case letters, digits, underscores)."),
  strictRequestIds: flag()
    .default(false)
    .describe("Ends sessions whose request ids are not sequential, as the specification demands."),
  strictProgressiveResults: flag()
    .default(false)
    .describe(
      "Asks only callees that announced call canceling for progressive results, as the specification demands. " +
        "Autobahn for JavaScript does not announce it.",
    ),
  strictProgressiveInvocations: flag()
    .default(false)
    .describe(
      "Ends sessions that send progressive invocations without announcing them, as the specification demands. Wampy does not announce them.",
    ),
  slowConsumer: choice(["drop", "disconnect"])
    .default("drop")
    .describe("What happens to a client that reads too slowly: drop (it misses events) or disconnect."),
  cookies: cookiesSchema.optional().describe("Cookies that the transports set, for the method cookie."),
  log: log.prefault({}).describe("The log."),
  shutdown: shutdown.prefault({}).describe("How the router stops."),
  drain: drainSchema
    .prefault({})
    .describe("How SIGUSR2 drains the router: it sends its clients away and does not stop."),
  admin: adminSchema.optional().describe("A listener for /healthz, /readyz and /metrics. Default: none."),
  cluster: clusterSchema
    .optional()
    .describe("Other routers that serve the realms together with this one. Default: none."),
  metrics: metricsSchema.prefault({}).describe("What /metrics counts besides what it always does."),
});

/** Returns the JSON Schema of a config file, for editors. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, {
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      if (Object.is(zodSchema, authSchema)) Object.assign(jsonSchema, authJsonSchema());
    },
  });
  return { $schema, title: "Configuration of the Kreuz WAMP router", ...(withSecretFiles(schema) as object) };
}

/** The schema of `auth`, which checks its keys itself: a package may stand under any key. */
function authJsonSchema(): object {
  const { $schema: _, properties, ...builtIn } = z.toJSONSchema(builtInAuthSchema, { io: "input" });
  const { $schema: __, ...extension } = z.toJSONSchema(extensionSchema, { io: "input" });
  const methods = Object.entries(properties ?? {}).map(([key, method]): [string, unknown] =>
    typeof method === "object" && method.type === "object" && key !== "attempts"
      ? [key, { description: method.description, anyOf: [method, extension] }]
      : [key, method],
  );
  const description = "Authentication methods of the realm; at least one.";
  return { ...builtIn, description, properties: Object.fromEntries(methods), additionalProperties: extension };
}

/** Beside each secret, its file. */
function withSecretFiles(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withSecretFiles);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, withSecretFiles(value)] as const);
  const { properties, required, ...others } = Object.fromEntries(entries) as {
    readonly properties?: Readonly<Record<string, { readonly type?: string }>>;
    readonly required?: readonly string[];
  };
  if (properties === undefined) return Object.fromEntries(entries);
  const secrets = SECRET_KEYS.filter((key) => properties[key]?.type === "string");
  const files = secrets.map((key) => [
    `${key}File`,
    { type: "string", description: `File that ${key} is read from, relative to the config file.` },
  ]);
  const still = required?.filter((key) => !secrets.includes(key));
  return {
    ...others,
    properties: { ...properties, ...(Object.fromEntries(files) as object) },
    ...(still === undefined ? {} : { required: still }),
  };
}
