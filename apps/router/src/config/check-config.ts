import { isIP } from "node:net";
import { ADMIN } from "@kreuz/admin";
import { CREDENTIAL_METHODS } from "./auth-config.js";
import { checkAuth } from "./check-auth.js";
import { checkPattern, checkRealm, checkRealmName } from "./check-realm.js";
import { builtInTransports, namesExtension } from "./extension-config.js";
import { findDuplicates, type Report, within } from "./config-problem.js";
import { clientRealms, managementRealmOf } from "./management-realm.js";
import { isLoopback } from "./warn-about.js";
import { checkWorkers } from "./check-workers.js";
import type { Config, ShutdownConfig, TransportConfig } from "./config.js";
import { checkDecidingProcedures } from "./deciding-procedures.js";

/** Of the longest procedure in the management realm. */
const MIN_URI_LENGTH = Math.max(...Object.values(ADMIN).map(({ length }) => length));

/** Settings that have no effect on a type of transport. */
const UNSUPPORTED = {
  websocket: ["minPeerMessageBytes"],
  rawsocket: ["path", "allowedOrigins", "compression", "longPoll", "routes"],
  universal: [],
} as const satisfies Readonly<Record<TransportConfig["type"], readonly (keyof TransportConfig)[]>>;

/** Checks what the schema cannot express: whether the parts of a config fit together. */
export function checkConfig(config: Config, report: Report): void {
  const { realms, transports } = config;
  for (const [index, realm] of realms.entries()) {
    checkRealm(realm, config, within(report, "realms", index));
    checkAuth(realm, config, within(report, "realms", index, "auth"));
  }
  checkDecidingProcedures(config, report);
  for (const [index, transport] of transports.entries()) {
    if (namesExtension(transport)) continue;
    checkTransport(transport, within(report, "transports", index));
    checkRoutes(transport, config, within(report, "transports", index));
    for (const [position, name] of (transport.realms ?? []).entries())
      checkServed(name, config, within(report, "transports", index, "realms", position));
  }
  for (const [index, { realms: names = [] }] of config.plugins.entries())
    for (const [position, name] of names.entries())
      checkServed(name, config, within(report, "plugins", index, "realms", position));
  findDuplicates(
    realms,
    ({ name }) => name,
    (index, name) => report(["realms", index, "name"], `realm "${name}" is defined twice`),
  );
  checkAddresses(transports, report);
  checkNames(transports, report);
  checkAdmin(config, within(report, "admin"));
  checkShutdown(config.shutdown, within(report, "shutdown"));
  checkGroups(config, within(report, "metrics", "groups"));
  checkWorkers(config, report);
}

/** Operators log in with passwords, and see what clients may not. */
function checkAdmin({ admin, limits }: Config, report: Report): void {
  if (admin?.auth === undefined) return;
  if (limits.uriLength < MIN_URI_LENGTH)
    report(
      ["auth"],
      `the management realm needs limits.uriLength of ${MIN_URI_LENGTH} or more, got ${limits.uriLength}`,
    );
  const { host, unix, tls, insecure, realm, auth } = admin;
  if (auth.anonymous !== undefined)
    report(["auth", "anonymous"], "the management realm has no anonymous operators; remove it, and give users");
  for (const method of CREDENTIAL_METHODS) {
    const { procedure, realm: ofProcedure = realm } = auth[method] ?? {};
    if (procedure !== undefined && ofProcedure === realm)
      report(["auth", method, "realm"], "expected a realm of clients: nobody can register a procedure in this one");
  }
  if (auth.cookie !== undefined) report(["auth", "cookie"], "the admin listener sets no cookies; remove it");
  if (unix === undefined && tls === undefined && !insecure && !isLoopback(host))
    report(
      ["host"],
      `operators log in at ${host} in plain text; add tls, or insecure: true if a proxy in front of it has TLS`,
    );
}

/** Checks that the config has a realm that clients can join. */
function checkServed(name: string, config: Config, report: Report): void {
  if (name === managementRealmOf(config)?.name)
    report([], `realm "${name}" is the management realm, which only the admin listener serves; remove it here`);
  else checkRealmName(name, { realms: clientRealms(config) }, report);
}

function checkGroups({ metrics: { groups }, uriRule }: Config, report: Report): void {
  for (const [index, group] of groups.entries()) checkPattern(group, uriRule, within(report, index));
  findDuplicates(
    groups,
    ({ name }) => name,
    (index, name) => report([index, "name"], `group "${name}" is defined twice`),
  );
  findDuplicates(
    groups,
    ({ uri, match }) => `${match} "${uri}"`,
    (index, pattern) => report([index, "uri"], `another group has ${pattern}`),
  );
}

function checkShutdown({ graceMs, spreadMs, timeoutMs }: ShutdownConfig, report: Report): void {
  const needed = graceMs + spreadMs;
  if (timeoutMs <= needed)
    report(["timeoutMs"], `expected more than graceMs and spreadMs together (${needed}), got ${timeoutMs}`);
}

function checkAddresses(all: Config["transports"], report: Report): void {
  const transports = builtInTransports({ transports: all });
  findDuplicates(
    transports,
    ([, { host, port, unix }]) => (unix === undefined ? `${host}:${port}` : unix.path),
    (position, address) => {
      const [index, { port, unix }] = transports[position]!;
      // Port 0 takes a different free port each time.
      if (unix === undefined && port === 0) return;
      const key = unix === undefined ? "port" : "unix";
      report(["transports", index, key], `another transport listens on ${address}`);
    },
  );
}

function checkNames(all: Config["transports"], report: Report): void {
  const named = builtInTransports({ transports: all }).filter(([, { name }]) => name !== undefined);
  findDuplicates(
    named,
    ([, { name }]) => name!,
    (position, name) => report(["transports", named[position]![0], "name"], `another transport is called "${name}"`),
  );
}

function checkTransport(transport: TransportConfig, report: Report): void {
  const { type, allowedOrigins = [], codecs, trustedProxies, path = "/ws", longPoll } = transport;
  for (const key of UNSUPPORTED[type])
    if (transport[key] !== undefined) report([key], `not supported by transports of type ${type}; remove it`);
  if (longPoll?.path === path)
    report(["longPoll", "path"], `must differ from the path of the WebSocket endpoint, ${path}`);
  for (const [index, entry] of trustedProxies.entries())
    if (!isProxy(entry)) report(["trustedProxies", index], `expected an address, a network or "unix", got "${entry}"`);
  for (const [index, origin] of allowedOrigins.entries())
    if (!isOrigin(origin))
      report(
        ["allowedOrigins", index],
        `expected an origin such as https://example.com, "null" or "*", got "${origin}"`,
      );
  findDuplicates(
    codecs,
    (codec) => codec,
    (index, codec) => report(["codecs", index], `${codec} is listed twice`),
  );
  checkOutbox(transport.outbox, within(report, "outbox"));
}

function checkRoutes({ routes = [], path = "/ws", longPoll }: TransportConfig, config: Config, report: Report): void {
  for (const [index, route] of routes.entries()) {
    const at = within(report, "routes", index);
    if ((route.package === undefined) === (route.offer === undefined))
      at([], "expected either package or offer, to say who answers");
    if (route.offer === undefined && route.realm === undefined)
      at([], "expected realm: the realm that the package works in");
    for (const key of ["export", "options"] as const)
      if (route.offer !== undefined && route[key] !== undefined) at([key], "only for a package; remove it");
    if (route.realm !== undefined) checkServed(route.realm, config, within(at, "realm"));
    for (const [taken, by] of [
      [path, "WebSocket"],
      [longPoll?.path, "long-poll"],
    ])
      if (route.path === taken) at(["path"], `the ${by} endpoint is at ${taken}`);
  }
  findDuplicates(
    routes,
    (route) => route.path,
    (index, taken) => report(["routes", index, "path"], `another route is at ${taken}`),
  );
}

function checkOutbox({ lowWaterBytes, highWaterBytes, limitBytes }: TransportConfig["outbox"], report: Report): void {
  if (lowWaterBytes > highWaterBytes)
    report(["lowWaterBytes"], `expected at most highWaterBytes (${highWaterBytes}), got ${lowWaterBytes}`);
  if (highWaterBytes > limitBytes)
    report(["highWaterBytes"], `expected at most limitBytes (${limitBytes}), got ${highWaterBytes}`);
}

/** Whether `entry` is an IP address, a network in CIDR notation, or `unix`. */
function isProxy(entry: string): boolean {
  if (entry === "unix") return true;
  const [address = "", prefix = "0", ...rest] = entry.split("/");
  const maxPrefix = isIP(address) === 6 ? 128 : 32;
  return isIP(address) !== 0 && rest.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= maxPrefix;
}

/** Browsers send scheme, host and non-default port. Anything else would never match. */
function isOrigin(text: string): boolean {
  if (text === "*" || text === "null") return true;
  if (!URL.canParse(text)) return false;
  const { protocol, host } = new URL(text);
  return host !== "" && text.toLowerCase() === `${protocol}//${host}`;
}
