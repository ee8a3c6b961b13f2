import type { Permission } from "@kreuz/rbac";
import type { PermissionConfig } from "./config.js";

/** A permission of the config as `@kreuz/rbac` takes it. */
export function permissionOf({
  uri,
  match,
  allow,
  disclose,
  trustlevel,
  maxCallTimeoutMs,
}: PermissionConfig): Permission {
  return {
    uri,
    match,
    allow,
    ...(disclose === undefined ? {} : { disclose }),
    ...(trustlevel === undefined ? {} : { trustlevel }),
    ...(maxCallTimeoutMs === undefined ? {} : { maxCallTimeout: maxCallTimeoutMs }),
  };
}
