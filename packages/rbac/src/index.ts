export type { AuthorizerAnswer, AuthorizerDict } from "./authorizer-answer.js";
export { authorizeByProcedure, dynamicAuthorizer } from "./dynamic-authorizer.js";
export type {
  AuthorizeFunction,
  AuthorizerSession,
  Caller,
  DynamicAuthorizer,
  DynamicAuthorizerOptions,
  ProcedureOptions,
} from "./dynamic-authorizer.js";
export { rbac } from "./rbac.js";
export type { RbacOptions, Role } from "./rbac.js";
export type { AllowedActions, Permission } from "./role-rules.js";
