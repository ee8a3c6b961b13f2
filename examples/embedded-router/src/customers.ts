import type { Authorizer } from "@kreuz/router";

const ALLOWED = new Set([
  "call com.example.shop.stock",
  "call com.example.shop.buy",
  "subscribe com.example.shop.sold",
  "call wamp.session.count",
]);

/** What customers may do. A function decides here; `@kreuz/rbac` has permissions by role. */
export const customers: Authorizer = {
  authorize: (_session, { type, uri, match }) => match === "exact" && ALLOWED.has(`${type} ${uri}`),
};
