export { createRouter, Router } from "./router.js";
export type { CloseOptions, HealthProblem, RouterOptions } from "./router.js";
export { DEFAULT_LIMITS } from "./limits.js";
export type { RoleLimits, RouterLimits } from "./limits.js";
export { silentLogger } from "./logger.js";
export type { Logger } from "./logger.js";
export { CounterMetrics, LIMIT_METRICS } from "./metrics.js";
export type { LimitMetric, Metrics } from "./metrics.js";
export { ACTIONS, AUTHENTICATION_RESULTS, CALL_OUTCOMES, DEPARTURES, REFUSALS } from "./stats/realm-stats.js";
export type { AuthenticationResult, CallOutcome, MethodStats, RealmStats } from "./stats/realm-stats.js";
export { FAST as CALL_SECONDS_BUCKETS, Histogram } from "./stats/histogram.js";
export { Tally } from "./stats/tally.js";
export { outcomeOfRefusal } from "./dealer/call-rules.js";
export type { Labels, Meter, MeterCounter, MeterHistogram, PluginMetric } from "./stats/meter.js";
export { TokenBucket } from "./token-bucket.js";
export { CryptoRandom } from "./random.js";
export type { Random } from "./random.js";
export type { Farewell, SlowConsumerPolicy } from "./connection/router-services.js";
export type { LocalAccess, NewPermissions, RealmCounts, RealmOptions } from "./realm/realm.js";
export type { LocalIdentity, LocalSession } from "./plugin/local-session.js";
export type { RouterContext, RouterEvents, RouterPlugin } from "./plugin/router-plugin.js";
export type { CalleeInfo, InspectedSessions, RealmInspection } from "./realm/inspection.js";
export type { HttpHandler, RequestOrigin } from "./plugin/offers.js";
export { routePlugin } from "./plugin/route.js";
export type { Route, RouteContext } from "./plugin/route.js";
export type { Reauthorization } from "./realm/reauthorize.js";
export type { SessionNumbers } from "./session/session-activity.js";
export type { Departure, DepartureCause, SessionInfo } from "./session/session-info.js";
export type { Answer, SessionDirectory, SessionFilter } from "./session/session-directory.js";
export type { Reach, SendOutcome, Session as Peer } from "./session/session.js";
export type { PeerFeatures } from "./session/peer-features.js";
export { IdMap, IdScatter } from "./dealer/id-map.js";
export { RemoteSession } from "./fabric/remote-session.js";
export type { BounceReason, NodeId, RemoteCall } from "./fabric/remote-session.js";
export type { Fabric, RealmFabric, RegistrationGrant, RouterIds, WantedSubscription } from "./fabric/fabric.js";
export type {
  FabricRealm,
  InboundCall,
  InboundEvent,
  InboundPart,
  OwnInterest,
  RealmRules,
  RemoteRegistration,
  UntoldCallee,
} from "./fabric/fabric-realm.js";
export { anonymous } from "./auth/authenticator.js";
export type {
  AnonymousOptions,
  AuthAccept,
  AuthChallenge,
  AuthDeny,
  Authenticator,
  AuthRequest,
  AuthStep,
} from "./auth/authenticator.js";
export { allowAll, authorizeByRole, denyAll } from "./auth/authorizer.js";
export type { Action, ActionType, Authorizer, Decision, DisclosePolicy, Permit } from "./auth/authorizer.js";
export type { Verdict } from "./auth/authorization.js";
export type {
  Guard,
  GuardAnswer,
  Guarded,
  GuardedKinds,
  GuardInfo,
  GuardKind,
  GuardOptions,
  Where,
} from "./plugin/guards.js";
export { PluginError } from "./plugin/plugin-error.js";
export { BufferOverflowError, CallResult, SessionEndedError } from "@kreuz/session";
export type {
  Arguments,
  CallSettings,
  EventHandler,
  RegisterSettings,
  Registration,
  Session,
  SessionEvent,
  SessionState,
  StreamSettings,
  SubscribeSettings,
  Subscription,
} from "@kreuz/session";
export type {
  Bequest,
  Directory,
  OtherNodes,
  Plugin,
  ProcedureCall,
  ProcedureHandler,
  RealmContext,
  RealmPart,
  RoleFeatures,
} from "./plugin/plugin.js";
export type { Requirement } from "./plugin/set-up.js";
export {
  defineAuthenticator,
  defineAuthorizer,
  definePlugin,
  defineRoute,
  defineRouterPlugin,
} from "./plugin/define.js";
export type {
  AuthenticatorExtension,
  AuthorizerExtension,
  PluginExtension,
  RouteExtension,
  RouterPluginExtension,
} from "./plugin/define.js";
export type {
  CallEnd,
  CallInfo,
  JoinRefusal,
  Publication,
  RealmEvents,
  RefusedBy,
  RegistrationInfo,
  SubscriptionInfo,
} from "./plugin/realm-events.js";
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
  textArgument,
} from "./plugin/call-arguments.js";
export { inTurns } from "./pacing.js";
export { QueryPace } from "./plugin/query-pace.js";
export type { QueryWork } from "./plugin/query-pace.js";
export { matchesPattern, PatternIndex } from "./matching/pattern-index.js";
export { ReceiverFilter } from "./broker/receiver-filter.js";
export { keepPayload } from "./payload/keep-payload.js";
export type { KeptPayload } from "./payload/keep-payload.js";
