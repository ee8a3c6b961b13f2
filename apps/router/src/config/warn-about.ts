import { CREDENTIAL_METHODS } from "./auth-config.js";
import { builtInTransports } from "./extension-config.js";
import { type Report, within } from "./config-problem.js";
import { clientRealms } from "./management-realm.js";
import type { Config, PermissionConfig, RealmConfig, TransportConfig } from "./config.js";

/**
 * Reports what is valid but hardly meant: tickets that cross the network in plain text, roles that nobody can get, and
 * permissions that never match; metrics that everybody can read.
 */
export function warnAbout(config: Config, report: Report): void {
  for (const [index, realm] of config.realms.entries()) {
    // The roles of the management realm are given.
    if (realm.management === true) continue;
    warnAboutRoles(realm, within(report, "realms", index, "roles"));
    for (const [role, { permissions }] of realm.roles.entries())
      for (const [position, permission] of permissions.entries())
        warnAboutPermission(permission, within(report, "realms", index, "roles", role, "permissions", position));
  }
  const { admin, metrics } = config;
  if (metrics.groups.length > 0 && admin?.metrics !== true)
    report(["metrics", "groups"], "nobody can read what is counted; set admin, which serves /metrics");
  if (
    admin?.metrics === true &&
    admin.unix === undefined &&
    admin.metricsToken === undefined &&
    !isLoopback(admin.host)
  )
    report(["admin"], `whoever reaches ${admin.host} can read the metrics; set metricsToken, or a firewall`);
  if (!clientRealms(config).some(({ auth }) => auth.ticket !== undefined)) return;
  for (const [index, transport] of builtInTransports(config))
    if (isPlainText(transport))
      report(
        ["transports", index],
        `clients send tickets in plain text to ${transport.host}; add tls, or list the proxy that adds it in trustedProxies`,
      );
}

/** Whether a host is this machine alone. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

function isPlainText({ host, unix, tls, trustedProxies }: TransportConfig): boolean {
  return unix === undefined && tls === undefined && trustedProxies.length === 0 && !isLoopback(host);
}

function warnAboutRoles({ auth, roles }: RealmConfig, report: Report): void {
  // A package may give any role.
  if (auth.extensions !== undefined) return;
  const given = new Set<string>();
  if (auth.anonymous !== undefined) given.add(auth.anonymous.role);
  for (const method of CREDENTIAL_METHODS) {
    const source = auth[method];
    // A procedure or a file may give any role.
    if (source !== undefined && source.users === undefined) return;
    for (const { role } of Object.values(source?.users ?? {})) given.add(role);
  }
  for (const [index, { name }] of roles.entries())
    if (!given.has(name))
      report([index, "name"], `nobody can get role "${name}": no user has it, nor do anonymous clients`);
}

function warnAboutPermission({ uri, match, allow }: PermissionConfig, report: Report): void {
  if (uri.includes("*"))
    report(
      ["uri"],
      `"*" is an ordinary character in "${uri}"; use match: prefix, or match: wildcard with empty components`,
    );
  else if (match === "wildcard" && uri.split(".").every((component) => component !== ""))
    report(["uri"], `"${uri}" has no empty component, so match: wildcard matches nothing else; did you mean prefix?`);
  if (uri.startsWith("wamp.") && (allow.register || allow.publish))
    report(["allow"], `clients can neither register nor publish "${uri}": wamp. belongs to the router`);
}
