import { MessageType, type MatchPolicy } from "@kreuz/codec";
import { FAST, Histogram, RECEIVERS, SLOW } from "./histogram.js";
import { Tally } from "./tally.js";

/**
 * How a call ended for its caller. `ok`: RESULT. `error`: the callee answered ERROR, or the router refused the call for a
 * reason without a name here. `denied`: not authorized. `caller_lost`: the caller left before it was answered.
 */
export type CallOutcome =
  | "ok"
  | "error"
  | "no_procedure"
  | "no_callee"
  | "denied"
  | "canceled"
  | "timeout"
  | "callee_lost"
  | "caller_lost";

/** Every {@link CallOutcome}. */
export const CALL_OUTCOMES: readonly CallOutcome[] = [
  "ok",
  "error",
  "no_procedure",
  "no_callee",
  "denied",
  "canceled",
  "timeout",
  "callee_lost",
  "caller_lost",
];

/** How an authentication ended. `throttled`: a limit refused it before its proof was looked at. `failed`: the method broke. */
export const AUTHENTICATION_RESULTS = ["accepted", "denied", "failed", "timeout", "throttled"] as const;
export type AuthenticationResult = (typeof AUTHENTICATION_RESULTS)[number];

/** What ended sessions; see `DepartureCause`. */
export const DEPARTURES = [
  "goodbye",
  "aborted",
  "lost",
  "killed",
  "violation",
  "slow",
  "memory",
  "shutdown",
  "failure",
] as const;

/** Why an action was refused. `failed`: the authorizer broke. `revoked`: it was allowed before permissions changed. */
export const REFUSALS = ["denied", "failed", "revoked"] as const;
export const ACTIONS = ["call", "publish", "subscribe", "register"] as const;
type Action = (typeof ACTIONS)[number];
type RefusedAction = `${Action}:${(typeof REFUSALS)[number]}`;

const MATCHES: readonly MatchPolicy[] = ["exact", "prefix", "wildcard"];

/** One place for each message code. */
const MESSAGE_CODES = Math.max(...Object.values(MessageType)) + 1;

/** Authentications by one method. */
export interface MethodStats {
  readonly results: Tally<AuthenticationResult>;
  /** Seconds from HELLO to the decision. */
  readonly seconds: Histogram;
}

/**
 * What a realm counts while it works, as plain numbers: adding is an increment, and whoever exports them reads them when it
 * needs them. No number is kept per session, URI or anything else that clients choose.
 */
export class RealmStats {
  /** Messages received from clients, by message code. */
  readonly received: Float64Array = new Float64Array(MESSAGE_CODES);
  /** Messages sent to clients, by message code. */
  readonly sent: Float64Array = new Float64Array(MESSAGE_CODES);
  /** Sessions that joined, by authmethod. */
  readonly joined: Tally<string>;
  readonly left: Tally<(typeof DEPARTURES)[number]> = new Tally(DEPARTURES);
  /** Seconds that sessions lasted. */
  readonly sessionSeconds: Histogram = new Histogram(SLOW);
  /** By authmethod. */
  readonly authentications: ReadonlyMap<string, MethodStats>;
  readonly refused: Tally<RefusedAction> = new Tally(
    ACTIONS.flatMap((action) => REFUSALS.map((reason): RefusedAction => `${action}:${reason}`)),
  );
  /** Every call is counted once, when it has ended. */
  readonly calls: Tally<CallOutcome> = new Tally(CALL_OUTCOMES);
  /** Seconds from CALL to the final answer, for calls that reached a callee or a queue. */
  readonly callSeconds: Histogram = new Histogram(FAST);
  /** Calls that wait for their answer now. */
  callsPending = 0;
  /** Those of them that wait for a free callee. */
  callsQueued = 0;
  publications = 0;
  /** Receivers per publication. */
  readonly fanOut: Histogram = new Histogram(RECEIVERS);
  /** Events not sent. `slow`: the client reads too slowly. `too_long`: it takes no such frame. `codec`: not encodable for it. */
  readonly eventsDropped: Tally<"slow" | "too_long" | "codec"> = new Tally(["slow", "too_long", "codec"]);
  /** Messages, events included, that could not be encoded for their receiver or were too long for it. */
  undeliverable = 0;
  protocolViolations = 0;
  /** Retained events that are kept now. */
  retainedEvents = 0;
  /** Bytes of their payloads and options. */
  retainedBytes = 0;
  /** Subscriptions that exist now, by match policy. */
  readonly subscriptions: Tally<MatchPolicy> = new Tally(MATCHES);
  /** Registrations that exist now, by match policy. */
  readonly registrations: Tally<MatchPolicy> = new Tally(MATCHES);

  /** @param methods - the authmethods that the realm offers. */
  constructor(methods: readonly string[]) {
    this.joined = new Tally(methods);
    this.authentications = new Map(
      methods.map((method) => [method, { results: new Tally(AUTHENTICATION_RESULTS), seconds: new Histogram(FAST) }]),
    );
  }

  /** Sessions that are there now. */
  get sessions(): number {
    return this.joined.total - this.left.total;
  }

  /** Counts the end of an authentication. `ms`: milliseconds since HELLO. */
  authenticated(method: string, result: AuthenticationResult, ms: number): void {
    const stats = this.authentications.get(method);
    stats?.results.add(result);
    stats?.seconds.observe(ms / 1000);
  }

  /** Authentications with a result, by any method. */
  authenticationsWith(result: AuthenticationResult): number {
    let sum = 0;
    for (const { results } of this.authentications.values()) sum += results.get(result);
    return sum;
  }

  /** Actions refused for a reason, of any type. */
  refusedFor(reason: (typeof REFUSALS)[number]): number {
    return ACTIONS.reduce((sum, action) => sum + this.refused.get(`${action}:${reason}`), 0);
  }
}
