import type { ActionType } from "@kreuz/router";
import { namesExtension } from "../config/extension-config.js";
import type { PermissionConfig, RealmConfig, RoleConfig } from "../config/config.js";

const MAX_PERMISSIONS = 4;
const ACTIONS: readonly ActionType[] = ["call", "register", "subscribe", "publish"];

/** Describes what anonymous clients may do in a realm: `may subscribe com.example.*`. */
export function describeAnonymous({ auth, roles, authorizer }: RealmConfig, command = "kreuz"): string {
  if (auth.anonymous === undefined) return "may not join";
  const { role: name } = auth.anonymous;
  const role = roles.find((each) => each.name === name);
  return role === undefined ? "may do nothing" : describeRole(role, authorizer, command);
}

/** The procedure or package that authorizes a role, if any. */
export function authorizerOf(
  { permissions, authorizer }: RoleConfig,
  ofRealm?: RoleConfig["authorizer"],
): string | undefined {
  const asked = authorizer ?? (permissions.length === 0 ? ofRealm : undefined);
  return namesExtension(asked) ? asked.package : asked?.procedure;
}

/** Describes a role in one line: `may call com.example.add; subscribe com.example.news.*`. */
export function describeRole(role: RoleConfig, ofRealm?: RoleConfig["authorizer"], command = "kreuz"): string {
  const procedure = authorizerOf(role, ofRealm);
  if (procedure !== undefined) return `may do what ${procedure} allows`;
  const { permissions } = role;
  if (permissions.every(({ allow }) => ACTIONS.every((action) => !allow[action]))) return "may do nothing";
  if (allowsEverything(permissions))
    return "may call, register, subscribe and publish everything, including wamp.session.*";
  const more = permissions.length - MAX_PERMISSIONS;
  const shown = permissions.slice(0, MAX_PERMISSIONS).map(describePermission).join("; ");
  return more > 0 ? `may ${shown}; and ${more} more, see \`${command} check\`` : `may ${shown}`;
}

function allowsEverything(permissions: readonly PermissionConfig[]): boolean {
  const [only] = permissions;
  if (only === undefined || permissions.length > 1) return false;
  return only.uri === "" && only.match === "prefix" && ACTIONS.every((action) => only.allow[action]);
}

/** Describes a permission: `call, register com.example.*`. */
export function describePermission(permission: PermissionConfig): string {
  const { allow } = permission;
  const actions = ACTIONS.filter((action) => allow[action]).map((action) =>
    action === "register" && allow.forceReregister ? "register (by force, too)" : action,
  );
  return `${actions.length === 0 ? "do nothing with" : actions.join(", ")} ${describePattern(permission)}`;
}

/** Writes a pattern with asterisks: `com.example.*`, `com.*.price`. */
function describePattern({ uri, match }: PermissionConfig): string {
  if (match === "exact") return uri;
  if (match === "prefix") return `${uri}*`;
  return uri
    .split(".")
    .map((component) => component || "*")
    .join(".");
}
