export { rbac } from "./rbac.js";
export type { RbacOptions, Role } from "./rbac.js";
export type { Allowed, Permission } from "./role-rules.js";
