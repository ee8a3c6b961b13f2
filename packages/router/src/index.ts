export { createRouter, Router } from "./router.js";
export type { RouterOptions } from "./router.js";
export type { SlowConsumerPolicy } from "./connection/router-services.js";
export type { RealmCounts } from "./realm/realm-counts.js";
export type { LocalIdentity, NewPermissions, RealmOptions } from "./realm/realm.js";
export type { Reauthorization } from "./realm/reauthorize.js";
export type { EventHandler, LocalEvent, LocalSession } from "./realm/local-session.js";
export { DEFAULT_LIMITS } from "./limits.js";
export type { RouterLimits } from "./limits.js";
export { silentLogger } from "./logger.js";
export type { Logger } from "./logger.js";
export { CounterMetrics } from "./metrics.js";
export type { MetricName, Metrics } from "./metrics.js";
export { CryptoRandom } from "./random.js";
export type { Random } from "./random.js";
export type { Departure, SessionInfo } from "./session/session-info.js";
export { PatternIndex } from "./matching/pattern-index.js";
export type { Publication, RealmEvents, RegistrationInfo, SubscriptionInfo } from "./plugin/realm-events.js";
export { CallResult } from "./plugin/plugin.js";
export {
  atMostArguments,
  booleanArgument,
  choiceArgument,
  dictArgument,
  idArgument,
  invalidArgument,
  listArgument,
  optionalArgument,
  stringArgument,
  stringsArgument,
} from "./plugin/call-arguments.js";
export type {
  Answer,
  Directory,
  Plugin,
  ProcedureCall,
  ProcedureHandler,
  RealmContext,
  RoleFeatures,
  SessionDirectory,
  SessionFilter,
} from "./plugin/plugin.js";
export type { AuthAccept, AuthChallenge, AuthDeny, Authenticator, AuthRequest, AuthStep } from "./auth/authenticator.js";
export { anonymous } from "./auth/anonymous.js";
export type { AnonymousOptions } from "./auth/anonymous.js";
export { allowAll, authorizeByRole, denyAll } from "./auth/authorizer.js";
export type { Action, ActionType, Authorizer, Decision } from "./auth/authorizer.js";
export type { Verdict } from "./auth/authorization.js";
export type { DisclosePolicy, Permit } from "./auth/permit.js";
export { ReceiverFilter } from "./broker/receiver-filter.js";
export { keepPayload } from "./payload/keep-payload.js";
export type { KeptPayload } from "./payload/keep-payload.js";
export { matchesPattern } from "./matching/matches-pattern.js";
