import { isPatternUri, isUri, type UriRule } from "@kreuz/codec";
import { eachRepeat, type Report, within } from "./check-report.js";
import type { PermissionConfig, RealmConfig } from "./config.js";

/** Whether the parts of a realm fit together. */
export function checkRealm({ name, roles }: RealmConfig, rule: UriRule, report: Report): void {
  if (!isUri(name, rule)) report(["name"], `"${name}" is not a valid ${rule} URI`);
  for (const [index, role] of roles.entries())
    checkPermissions(role.permissions, rule, within(report, "roles", index, "permissions"));
  eachRepeat(
    roles,
    (role) => role.name,
    (index, role) => report(["roles", index, "name"], `there is a role "${role}" in this realm already`),
  );
}

function checkPermissions(permissions: readonly PermissionConfig[], rule: UriRule, report: Report): void {
  for (const [index, { uri, match }] of permissions.entries())
    if (!isPatternUri(uri, match, rule))
      report([index, "uri"], `"${uri}" is not a valid ${rule} URI to match ${match}${hint(uri, match, rule)}`);
  eachRepeat(
    permissions,
    ({ uri, match }) => `${match} "${uri}"`,
    (index, pattern) => report([index, "uri"], `this role has a permission for ${pattern} already`),
  );
}

/** The policy that was probably meant. */
function hint(uri: string, match: PermissionConfig["match"], rule: UriRule): string {
  if (match !== "exact") return "";
  if (isPatternUri(uri, "prefix", rule)) return "; did you mean match: prefix?";
  return isPatternUri(uri, "wildcard", rule) ? "; did you mean match: wildcard?" : "";
}
