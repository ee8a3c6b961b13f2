import { ConfigError, isUri, type UriRule } from "@kreuz/codec";
import { storeOf } from "./credential-stores.js";
import { ACCOUNT_METHODS, type AccountMethod, type AccountsConfig, type AuthConfig, type User } from "./auth-config.js";
import { type Report, within } from "./check-report.js";
import type { Config, RealmConfig } from "./config.js";

/** Whether the ways into a realm lead somewhere. */
export function checkAuth({ auth, roles }: RealmConfig, { realms, uriRule, cookies }: Config, report: Report): void {
  const names = roles.map(({ name }) => name);
  const offered = ACCOUNT_METHODS.filter((method) => auth[method] !== undefined);
  if (auth.anonymous === undefined && offered.length === 0)
    return report([], "expected at least one method, for example anonymous; without one nobody can join");
  if (auth.anonymous !== undefined) checkRole(auth.anonymous.role, names, within(report, "anonymous", "role"));
  const places = { realms: realms.map(({ name }) => name), uriRule };
  for (const method of offered) checkAccounts(method, auth, names, places, within(report, method));
  if (auth.cookie !== undefined && cookies === undefined)
    report(["cookie"], "expected cookies at the top of the config, which say what cookies the transports set");
}

function checkAccounts(
  method: AccountMethod,
  auth: AuthConfig,
  roles: readonly string[],
  places: { readonly realms: readonly string[]; readonly uriRule: UriRule },
  report: Report,
): void {
  const accounts: AccountsConfig<User> | undefined = auth[method];
  if (accounts === undefined) return;
  const { users, file, procedure, realm } = accounts;
  if ([users, file, procedure].filter((given) => given !== undefined).length !== 1)
    report([], "expected exactly one of users, file and procedure");
  if (procedure !== undefined && !isUri(procedure, places.uriRule))
    report(["procedure"], `"${procedure}" is not a valid ${places.uriRule} URI`);
  if (realm !== undefined && !places.realms.includes(realm))
    report(["realm"], `there is no realm "${realm}"; the realms are ${places.realms.join(", ")}`);
  if (users !== undefined) checkUsers(method, users, roles, within(report, "users"));
}

/** Whether the users have roles that exist, and accounts that can be used. Also for users from a file. */
export function checkUsers(
  method: AccountMethod,
  users: Readonly<Record<string, User>>,
  roles: readonly string[],
  report: Report,
): void {
  for (const [name, user] of Object.entries(users)) {
    checkRole(user.role, roles, within(report, name, "role"));
    try {
      storeOf(method, { [name]: user } as Parameters<typeof storeOf>[1]);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      report([name], error.message.replace(`${name}: `, "").replace(`${name}.`, ""));
    }
  }
}

function checkRole(role: string, roles: readonly string[], report: Report): void {
  if (!roles.includes(role)) report([], `there is no role "${role}" in this realm; its roles are ${roles.join(", ")}`);
}
