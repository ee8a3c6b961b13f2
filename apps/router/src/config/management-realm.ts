import { ADMIN_PERMISSIONS, type AdminPermission } from "@kreuz/admin";
import type { ConfigPath } from "./config-problem.js";
import type { Config, PermissionConfig, RealmConfig, RoleConfig } from "./config.js";

/**
 * A config with the management realm that its setting `admin` wants: a realm as any other, with fixed roles, which the admin listener
 * alone serves. It comes last.
 *
 * @param development - with development defaults, which name no users: a token lets the developer in.
 */
export function withManagementRealm(config: Config, development = false): Config {
  const { admin, realms } = config;
  const auth = development ? {} : admin?.auth;
  if (admin === undefined || auth === undefined || managementRealmOf(config) !== undefined) return config;
  const management: RealmConfig = { name: admin.realm, auth, roles: ROLES, plugins: [], management: true };
  return { ...config, realms: [...realms, management] };
}

/** The management realm of a config, if it has one. */
export function managementRealmOf({ realms }: Pick<Config, "realms">): RealmConfig | undefined {
  return realms.find(({ management }) => management === true);
}

/** The realms that clients can join. */
export function clientRealms({ realms }: Pick<Config, "realms">): readonly RealmConfig[] {
  return realms.filter(({ management }) => management !== true);
}

/** Where the file has a setting: the management realm is the setting `admin`. */
export function placeInFile({ realms }: Pick<Config, "realms">, path: ConfigPath): ConfigPath {
  const [list, index, setting, ...rest] = path;
  if (list !== "realms" || typeof index !== "number" || realms[index]?.management !== true) return path;
  if (setting === undefined) return ["admin"];
  return ["admin", setting === "name" ? "realm" : setting, ...rest];
}

const NOTHING = { call: false, register: false, forceReregister: false, subscribe: false, publish: false };

const ROLES: readonly RoleConfig[] = Object.entries(ADMIN_PERMISSIONS).map(([name, permissions]) => ({
  name,
  permissions: permissions.map(permissionConfig),
}));

function permissionConfig({ uri, match, allow }: AdminPermission): PermissionConfig {
  return { uri, match, allow: { ...NOTHING, [allow]: true } };
}
