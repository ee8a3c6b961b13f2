import { isUri, type UriRule } from "@kreuz/codec";
import { type Report, within } from "./check-report.js";
import type { AuthorizerConfig, RealmConfig } from "./config.js";

/** Whether procedures that decide can be asked at all. */
export function checkAuthorizers(
  { roles, authorizer }: RealmConfig,
  realms: readonly string[],
  rule: UriRule,
  report: Report,
): void {
  if (authorizer !== undefined) checkAuthorizer(authorizer, realms, rule, within(report, "authorizer"));
  for (const [index, role] of roles.entries()) {
    if (role.authorizer === undefined) continue;
    checkAuthorizer(role.authorizer, realms, rule, within(report, "roles", index, "authorizer"));
    if (role.permissions.length > 0)
      report(["roles", index, "authorizer"], "expected either permissions or an authorizer, got both");
  }
}

function checkAuthorizer(
  { procedure, realm }: AuthorizerConfig,
  realms: readonly string[],
  rule: UriRule,
  report: Report,
): void {
  if (!isUri(procedure, rule)) report(["procedure"], `"${procedure}" is not a valid ${rule} URI`);
  if (realm !== undefined && !realms.includes(realm))
    report(["realm"], `there is no realm "${realm}"; the realms are ${realms.join(", ")}`);
}
