import { CREDENTIAL_METHODS, type User, type UsersConfig } from "../config/auth-config.js";
import type { LimitsConfig, RealmConfig, RouteConfig, TlsConfig, TransportConfig } from "../config/config.js";
import { namesExtension } from "../config/extension-config.js";
import { formatProblem } from "../config/config-problem.js";
import { findConfig } from "../config/find-config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { inspectConfig } from "../run/inspect-config.js";
import { defaultMemoryBytes, processMemory } from "../run/memory-budget.js";
import { type CliContext, commandName } from "./cli-context.js";
import { columns } from "./columns.js";
import { authorizerOf, describePermission, describeRole } from "./describe-access.js";
import { startWarning } from "./start-screen.js";

const WIDTH = 100;
const INDENT = 4;

type Row = [label: string, text: string];

/** `kreuz check`: reports all problems of the config, or describes what `kreuz start` would run. */
export async function check(file: string | undefined, { cwd, env, stdout }: CliContext): Promise<void> {
  const loaded = await findConfig(file, cwd, env);
  const managed = loaded.withManagementRealm();
  const warnings = await inspectConfig(managed, Date.now());
  const lines = warnings.map((warning) => `⚠ ${formatProblem(loaded.source.name, warning)}`);
  stdout.write(`${[describe(managed, commandName(env)), ...lines].join("\n\n")}\n`);
}

function describe(loaded: LoadedConfig, command: string): string {
  const { config, source } = loaded;
  const warning = startWarning(loaded, command);
  const blocks = [
    `${source.name}: valid. \`${command} start\` would run${config.workers === 1 ? "" : ` ${config.workers} workers, each with`}:`,
    ...config.transports.map((transport) =>
      namesExtension(transport) ? `  transport ${transport.package}` : describeTransport(transport),
    ),
    ...config.realms.map(describeRealm),
    describeLimits(config.limits, config.workers),
    ...(warning === undefined ? [] : [`⚠ ${warning}`]),
  ];
  return blocks.join("\n\n");
}

function describeTransport(transport: TransportConfig): string {
  const {
    type,
    codecs,
    allowedOrigins,
    maxConnections,
    maxMessageBytes,
    keepAlive,
    longPoll,
    tls,
    routes = [],
  } = transport;
  const rows: Row[] = [["codecs", codecs.join(", ")]];
  if (type !== "rawsocket") rows.push(["origins", allowedOrigins?.join(", ") ?? "same origin, localhost"]);
  if (longPoll !== undefined) rows.push(["long-poll", longPoll.path]);
  for (const route of routes) rows.push([`route ${route.path}`, describeRoute(route)]);
  if (tls !== undefined) rows.push(["certificate", tls.cert], ["TLS", describeTls(tls)]);
  rows.push(
    ["connections", `max ${maxConnections}`],
    ["messages", `max ${maxMessageBytes} bytes`],
    ["keep-alive", keepAlive === false ? "off" : `ping after ${keepAlive.intervalMs} ms without data`],
  );
  return `  listen on ${urlOf(transport)}\n${columns(rows, INDENT, WIDTH)}`;
}

function describeRoute({ package: name, offer, realm }: RouteConfig): string {
  return `${name ?? offer} ${realm === undefined ? "of the router" : `in realm ${realm}`}`;
}

function describeTls({ minVersion, requestCert, rejectUnauthorized }: TlsConfig): string {
  const clients = requestCert
    ? `${rejectUnauthorized ? "required" : "requested"} from clients`
    : "not requested from clients";
  return `${minVersion} or later, certificates ${clients}`;
}

function describeLimits(limits: LimitsConfig, workers: number): string {
  const {
    memoryBytes = defaultMemoryBytes(processMemory(workers)),
    memoryBytesPerClient = Math.floor(memoryBytes / 4),
  } = limits;
  const inForce = { ...limits, memoryBytes, memoryBytesPerClient };
  const rows = Object.entries(inForce).map(([name, limit]): Row => [name, String(limit)]);
  return `  limits${workers === 1 ? "" : " of each worker"}\n${columns(rows, INDENT, WIDTH)}`;
}

function urlOf({ type, host, port, unix, tls, path = "/ws" }: TransportConfig): string {
  const scheme = `${type === "rawsocket" ? "rs" : "ws"}${tls === undefined ? "" : "s"}`;
  const address = unix === undefined ? `//${host.includes(":") ? `[${host}]` : host}:${port}` : unix.path;
  const url = `${scheme}${unix === undefined ? "" : "+unix"}:${address}`;
  if (type === "rawsocket") return url;
  return `${url}${unix === undefined ? "" : ":"}${path}${type === "universal" ? ", and RawSocket on the same port" : ""}`;
}

function describeRealm({ name, auth, roles, authorizer, plugins }: RealmConfig): string {
  const rows: Row[] = [];
  rows.push(["anonymous", auth.anonymous === undefined ? "may not join" : `gets role ${auth.anonymous.role}`]);
  for (const method of CREDENTIAL_METHODS) {
    const users = auth[method];
    if (users !== undefined) rows.push([method, describeUsers(users)]);
  }
  for (const [method, ref] of Object.entries(auth.extensions ?? {}))
    rows.push([method, `clients that ${ref.package} accepts`]);
  for (const role of roles) {
    const lines =
      authorizerOf(role, authorizer) === undefined
        ? role.permissions.map((permission) => `may ${describePermission(permission)}`)
        : [describeRole(role, authorizer)];
    for (const [index, line] of (lines.length === 0 ? ["may do nothing"] : lines).entries())
      rows.push([index === 0 ? `role ${role.name}` : "", line]);
  }
  rows.push(["plugins", plugins.map((plugin) => plugin.package).join(", ") || "none"]);
  return `  realm ${name}\n${columns(rows, INDENT, WIDTH)}`;
}

function describeUsers({ users, file, procedure }: UsersConfig<User>): string {
  if (users !== undefined) {
    const count = Object.keys(users).length;
    return count === 1 ? "1 user" : `${count} users`;
  }
  return file === undefined ? `users from procedure ${procedure}` : `users from ${file}`;
}
