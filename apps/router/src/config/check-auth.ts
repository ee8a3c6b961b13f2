import { ConfigError } from "@kreuz/codec";
import {
  type AuthConfig,
  CREDENTIAL_METHODS,
  type CredentialMethod,
  type User,
  type UsersConfig,
} from "./auth-config.js";
import { checkProcedure } from "./check-realm.js";
import { type Report, within } from "./config-problem.js";
import type { Config, RealmConfig } from "./config.js";
import { createCredentialStore } from "./credential-stores.js";

/** Checks the authentication methods of a realm. */
export function checkAuth({ auth, roles }: RealmConfig, config: Config, report: Report): void {
  const roleNames = roles.map(({ name }) => name);
  const methods = CREDENTIAL_METHODS.filter((method) => auth[method] !== undefined);
  const others = Object.keys(auth.extensions ?? {});
  if (auth.anonymous === undefined && methods.length === 0 && others.length === 0)
    return report(
      [],
      "expected at least one authentication method, such as anonymous; without one, no client can join",
    );
  if (auth.anonymous !== undefined) checkRole(auth.anonymous.role, roleNames, within(report, "anonymous", "role"));
  for (const method of methods) checkMethod(method, auth, roleNames, config, within(report, method));
  if (auth.cookie !== undefined && config.cookies === undefined)
    report(["cookie"], "the cookie method needs the top-level setting cookies; add it");
}

function checkMethod(
  method: CredentialMethod,
  auth: AuthConfig,
  roles: readonly string[],
  config: Config,
  report: Report,
): void {
  const source: UsersConfig<User> | undefined = auth[method];
  if (source === undefined) return;
  const { users, file, procedure } = source;
  if ([users, file, procedure].filter((given) => given !== undefined).length !== 1)
    report([], "expected exactly one of users, file and procedure");
  checkProcedure(source, config, report);
  if (users !== undefined) checkUsers(method, users, roles, within(report, "users"));
}

/** Checks that users, from the config or from a users file, have existing roles and usable credentials. */
export function checkUsers(
  method: CredentialMethod,
  users: Readonly<Record<string, User>>,
  roles: readonly string[],
  report: Report,
): void {
  for (const [name, user] of Object.entries(users)) {
    checkRole(user.role, roles, within(report, name, "role"));
    try {
      createCredentialStore(method, { [name]: user } as Parameters<typeof createCredentialStore>[1]);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      report([name], error.message.replace(`${name}: `, "").replace(`${name}.`, ""));
    }
  }
}

function checkRole(role: string, roles: readonly string[], report: Report): void {
  if (!roles.includes(role)) report([], `unknown role "${role}"; this realm has ${roles.join(", ")}`);
}
