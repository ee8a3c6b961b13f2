export { createRouter, Router } from "./router.js";
export type { RouterOptions } from "./router.js";
export type { SlowConsumerPolicy } from "./router-services.js";
export type { RealmCounts } from "./realm-counts.js";
export type { LocalIdentity, NewPermissions, RealmOptions } from "./realm.js";
export type { Reauthorization } from "./reauthorize.js";
export type { EventHandler, LocalEvent, LocalSession } from "./local-session.js";
export { DEFAULT_LIMITS } from "./limits.js";
export type { RouterLimits } from "./limits.js";
export { silentLogger } from "./logger.js";
export type { Logger } from "./logger.js";
export { CounterMetrics } from "./metrics.js";
export type { MetricName, Metrics } from "./metrics.js";
export { CryptoRandom } from "./random.js";
export type { Random } from "./random.js";
export type { Departure, SessionInfo } from "./session-info.js";
export { PatternIndex } from "./pattern-index.js";
export type { Publication, RealmEvents, RegistrationInfo, SubscriptionInfo } from "./realm-events.js";
export { CallResult } from "./plugin.js";
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
} from "./call-arguments.js";
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
} from "./plugin.js";
export type { AuthAccept, AuthChallenge, AuthDeny, Authenticator, AuthRequest, AuthStep } from "./authenticator.js";
export { anonymous } from "./anonymous.js";
export type { AnonymousOptions } from "./anonymous.js";
export { allowAll, authorizeByRole, denyAll } from "./authorizer.js";
export type { Action, ActionType, Authorizer, Decision } from "./authorizer.js";
export type { Verdict } from "./gate.js";
export type { DisclosePolicy, Permit } from "./permit.js";
export { ReceiverFilter } from "./receiver-filter.js";
export { keepPayload } from "./keep-payload.js";
export type { KeptPayload } from "./keep-payload.js";
export { matchesPattern } from "./matches-pattern.js";
