export { authorizeByProcedure } from "./authorize-by-procedure.js";
export type { Caller, ProcedureOptions } from "./authorize-by-procedure.js";
export type { AuthorizerAnswer, AuthorizerDict } from "./authorizer-answer.js";
export { dynamicAuthorizer } from "./dynamic-authorizer.js";
export type {
  AuthorizeFunction,
  AuthorizerSession,
  DynamicAuthorizer,
  DynamicAuthorizerOptions,
} from "./dynamic-authorizer.js";
export { rbac } from "./rbac.js";
export type { RbacOptions, Role } from "./rbac.js";
export type { Allowed, Permission } from "./role-rules.js";
