export { adminPlugin } from "./admin.js";
export * from "./contract.js";
export { OperatorLog } from "./operator-log.js";
export { ADMIN_PERMISSIONS } from "./permissions.js";
export type { AdminPermission } from "./permissions.js";
export type { AdminListener, AdminSource } from "./source.js";
