import type { ActionType } from "@kreuz/router";
import type { AuthorizerConfig, PermissionConfig, RealmConfig, RoleConfig } from "../config/config.js";

const MOST_ON_SCREEN = 4;
const ACTIONS: readonly ActionType[] = ["call", "register", "subscribe", "publish"];

/** What an anonymous client may do in a realm, in words that follow "Anonymous". */
export function describeAnonymous({ auth, roles, authorizer }: RealmConfig): string {
  if (auth.anonymous === undefined) return "may not join";
  const { role: name } = auth.anonymous;
  const role = roles.find((each) => each.name === name);
  return role === undefined ? "may do nothing" : describeRole(role, authorizer);
}

/** The procedure that decides for a role, if there is one. */
export function deciderOf({ permissions, authorizer }: RoleConfig, ofRealm?: AuthorizerConfig): string | undefined {
  return (authorizer ?? (permissions.length === 0 ? ofRealm : undefined))?.procedure;
}

/** `may call com.example.add; subscribe com.example.news.*`. */
export function describeRole(role: RoleConfig, ofRealm?: AuthorizerConfig): string {
  const procedure = deciderOf(role, ofRealm);
  if (procedure !== undefined) return `may do what ${procedure} allows`;
  const { permissions } = role;
  if (permissions.every(({ allow }) => ACTIONS.every((action) => !allow[action]))) return "may do nothing";
  const [only] = permissions;
  if (
    permissions.length === 1 &&
    only?.uri === "" &&
    only.match === "prefix" &&
    ACTIONS.every((type) => only.allow[type])
  )
    return "may call, register, subscribe and publish everything, wamp.session.* included";
  const more = permissions.length - MOST_ON_SCREEN;
  const shown = permissions.slice(0, MOST_ON_SCREEN).map(describePermission).join("; ");
  return more > 0 ? `may ${shown}; and ${more} more, see \`kreuz check\`` : `may ${shown}`;
}

/** `call, register com.example.*`. */
export function describePermission(permission: PermissionConfig): string {
  const actions = ACTIONS.filter((action) => permission.allow[action]);
  return `${actions.length === 0 ? "do nothing with" : actions.join(", ")} ${describePattern(permission)}`;
}

/** A pattern as people write it: `com.example.*`, `com.*.price`. */
function describePattern({ uri, match }: PermissionConfig): string {
  if (match === "exact") return uri;
  if (match === "prefix") return `${uri}*`;
  return uri
    .split(".")
    .map((component) => component || "*")
    .join(".");
}
