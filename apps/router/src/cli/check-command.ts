import { ACCOUNT_METHODS, type AccountsConfig, type User } from "../config/auth-config.js";
import type { RealmConfig, TransportConfig } from "../config/config.js";
import { findConfig } from "../config/find-config.js";
import type { LoadedConfig } from "../config/loaded-config.js";
import { loadPlugins } from "../run/load-plugins.js";
import { columns } from "./columns.js";
import { deciderOf, describePermission, describeRole } from "./describe-access.js";
import { startWarning } from "./start-screen.js";
import type { Surroundings } from "./cli-context.js";

const WIDTH = 100;
const INDENT = 4;

/** `kreuz check`: everything that `start` would find wrong, or else what it would do. */
export async function check(file: string | undefined, { cwd, stdout }: Surroundings): Promise<void> {
  const loaded = await findConfig(file, cwd);
  await loadPlugins(loaded);
  stdout.write(`${describe(loaded)}\n`);
}

function describe(loaded: LoadedConfig): string {
  const { config, source } = loaded;
  const warning = startWarning(loaded);
  const blocks = [
    `${source.name}: good. \`kreuz start\` would do this:`,
    ...config.transports.map(describeTransport),
    ...config.realms.map(describeRealm),
    ...(warning === undefined ? [] : [`⚠ ${warning}`]),
  ];
  return blocks.join("\n\n");
}

function describeTransport(transport: TransportConfig): string {
  const { type, codecs, allowedOrigins, maxConnections, maxMessageBytes, keepAlive, longPoll, tls } = transport;
  const rows: [string, string][] = [
    ["codecs", codecs.join(", ")],
    ...(type === "rawsocket" ? [] : [["web pages", originsOf(allowedOrigins)] satisfies [string, string]]),
    ...(longPoll === undefined ? [] : [["long-poll", longPoll.path] satisfies [string, string]]),
    ...(tls === undefined ? [] : [["certificate", tls.cert] satisfies [string, string]]),
    ["connections", `at most ${maxConnections}`],
    ["messages", `at most ${maxMessageBytes} bytes`],
    ["keep-alive", keepAlive === false ? "none" : `ping after ${keepAlive.intervalMs} ms of silence`],
  ];
  return `  listen on ${placeOf(transport)}\n${columns(rows, INDENT, WIDTH)}`;
}

function originsOf(origins: readonly string[] | undefined): string {
  return origins === undefined ? "of the same origin, and of this machine" : origins.join(", ");
}

function placeOf({ type, host, port, unix, tls, path = "/ws" }: TransportConfig): string {
  const scheme = `${type === "rawsocket" ? "rs" : "ws"}${tls === undefined ? "" : "s"}`;
  const place = unix === undefined ? `//${host.includes(":") ? `[${host}]` : host}:${port}` : unix.path;
  const url = `${scheme}${unix === undefined ? "" : "+unix"}:${place}`;
  if (type === "rawsocket") return url;
  return `${url}${unix === undefined ? "" : ":"}${path}${type === "universal" ? ", RawSocket on the same" : ""}`;
}

function describeRealm({ name, auth, roles, authorizer, plugins }: RealmConfig): string {
  const rows: [string, string][] = [];
  rows.push(["anonymous", auth.anonymous === undefined ? "may not join" : `gets role ${auth.anonymous.role}`]);
  for (const method of ACCOUNT_METHODS) {
    const accounts = auth[method];
    if (accounts !== undefined) rows.push([method, describeAccounts(accounts)]);
  }
  for (const role of roles) {
    const lines =
      deciderOf(role, authorizer) === undefined
        ? role.permissions.map((permission) => `may ${describePermission(permission)}`)
        : [describeRole(role, authorizer)];
    for (const [index, line] of (lines.length === 0 ? ["may do nothing"] : lines).entries())
      rows.push([index === 0 ? `role ${role.name}` : "", line]);
  }
  rows.push(["plugins", plugins.map((plugin) => plugin.package).join(", ") || "none"]);
  return `  realm ${name}\n${columns(rows, INDENT, WIDTH)}`;
}

function describeAccounts({ users, file, procedure }: AccountsConfig<User>): string {
  if (users !== undefined) {
    const count = Object.keys(users).length;
    return count === 1 ? "1 user" : `${count} users`;
  }
  return file === undefined ? `users that ${procedure} knows` : `users in ${file}`;
}
