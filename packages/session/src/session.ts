import type {
  CallOptions,
  CancelMode,
  Dict,
  EventDetails,
  Id,
  InvocationDetails,
  Payload,
  PublishOptions,
  RegisterOptions,
  SubscribeOptions,
  Uri,
  WelcomeDetails,
} from "@kreuz/codec";
import type { CallResult } from "./call-result.js";

/** What a call or an event carries: positional arguments alone, or `{ args, kwargs }`. */
export type Arguments = readonly unknown[] | Payload;

/**
 * `open`: the session is established. `connecting`: its connection was lost, and it connects again. `closed`: it has
 * ended for good.
 */
export type SessionState = "open" | "connecting" | "closed";

/** Options of a call: those of WAMP, and how the call is given up. */
export interface CallSettings extends CallOptions {
  /**
   * Milliseconds until the call fails with `wamp.error.timeout`, also between progressive results. Holds whether or not the
   * router knows timeouts. Default 0: never.
   */
  readonly timeout?: number;
  /** Cancels the call when it is aborted: the promise rejects with its reason. */
  readonly signal?: AbortSignal;
  /**
   * How an aborted call is cancelled (spec: "Call Canceling"). `kill` waits for the callee's last word and settles by it;
   * the others reject at once. Default `killnowait`.
   */
  readonly cancelMode?: CancelMode;
  /** Further arguments, each sent when it comes (spec: "Progressive Call Invocations"). */
  readonly input?: AsyncIterable<Arguments>;
}

/** Options of {@link Session.stream}. */
export interface StreamSettings extends CallSettings {
  /** Results that wait for the loop; one more fails the call. Default 1000. */
  readonly buffer?: number;
}

/** Options of {@link Session.subscribe}. */
export interface SubscribeSettings extends SubscribeOptions {
  /** Events that wait for the loop; the oldest is dropped for one more. Default 1000. */
  readonly buffer?: number;
}

/** Options of {@link Session.register}. */
export interface RegisterSettings extends RegisterOptions {
  /** Further arguments of a progressive call that wait for the procedure; one more fails the call. Default 1000. */
  readonly buffer?: number;
}

/** An event of a subscription. */
export interface SessionEvent {
  readonly topic: Uri;
  readonly publication: Id;
  readonly args: readonly unknown[];
  readonly kwargs: Dict;
  readonly details: EventDetails;
}

/** What it throws, also later, is reported and affects nobody else. */
export type EventHandler = (event: SessionEvent) => unknown;

/** Who made a call, as far as the router discloses it. */
export interface Caller {
  readonly session: Id;
  readonly authid?: string;
  readonly authrole?: string;
}

/** One call of a procedure. */
export interface ProcedureCall {
  /** The procedure that was called, which a pattern does not tell. */
  readonly procedure: Uri;
  readonly args: readonly unknown[];
  readonly kwargs: Dict;
  readonly details: InvocationDetails;
  /** Absent unless the router discloses it. */
  readonly caller?: Caller;
  /** Aborted when nobody waits for the answer: the caller cancelled or left, time ran out, or this session ended. */
  readonly signal: AbortSignal;
  /** All arguments of a progressive call, the first ones included, as they come; of any other call, its only ones. */
  readonly input: AsyncIterable<CallResult>;
  /** Sends a progressive result, if the caller asked for them: `details.receive_progress`. */
  readonly progress: (result: unknown) => void;
}

/**
 * Answers a call. The value that it returns becomes the one positional result, `undefined` an empty result, and a
 * {@link CallResult} any payload. An asynchronous generator sends what it yields as progressive results. A thrown `WampError`
 * becomes that ERROR; anything else becomes `wamp.error.runtime_error` and is reported, without its text for the caller.
 */
export type ProcedureHandler = (call: ProcedureCall) => unknown;

/** A subscription. Without a handler it is a sequence of events, and leaving the loop over it unsubscribes. */
export interface Subscription extends AsyncIterable<SessionEvent> {
  readonly topic: Uri;
  /** The router's id; it changes when the session connects again. */
  readonly id: Id;
  /** Events dropped because the loop took them too slowly. */
  readonly dropped: number;
  /** Settles when it has ended: with the error, if the router revoked or refused it. Never rejects. */
  readonly ended: Promise<Error | undefined>;
  /** Ends it: no event arrives afterwards. Resolves when the router knows. Never rejects. */
  unsubscribe(): Promise<void>;
}

/** A registered procedure. */
export interface Registration {
  readonly procedure: Uri;
  /** The router's id; it changes when the session connects again. */
  readonly id: Id;
  /** Settles when it has ended: with the error, if the router revoked or refused it. Never rejects. */
  readonly ended: Promise<Error | undefined>;
  /** Ends it; calls that have arrived are still answered. Resolves when the router knows. Never rejects. */
  unregister(): Promise<void>;
}

/**
 * A WAMP session, wherever it runs: over a transport, or inside the router's process. Requests reject with the `WampError`
 * that the router or the peer answered, or with a {@link SessionEndedError} when there is no session to answer.
 */
export interface Session {
  /** The session's id; it changes when the session connects again. */
  readonly id: Id;
  readonly realm: Uri;
  readonly authid: string;
  readonly authrole: string;
  /** `WELCOME.Details`. */
  readonly details: WelcomeDetails;
  readonly state: SessionState;
  /**
   * Calls `listener` at each change of state, and again after each attempt to connect that failed, with what caused it.
   * @returns a function that removes the listener.
   */
  onState(listener: (state: SessionState, cause?: Error) => void): () => void;
  /** Calls a procedure and waits for its last result. */
  call(procedure: Uri, args?: Arguments, options?: CallSettings): Promise<CallResult>;
  /**
   * Calls a procedure at once and yields each of its results as it comes, the last one unless it is empty. Leaving the loop
   * cancels the call.
   */
  stream(procedure: Uri, args?: Arguments, options?: StreamSettings): AsyncIterableIterator<CallResult, undefined>;
  /**
   * Publishes an event.
   * @returns the publication's id with the option `acknowledge`; otherwise nothing, and the router tells of no failure.
   */
  publish(topic: Uri, args?: Arguments, options?: PublishOptions): Promise<Id | undefined>;
  /** Subscribes to a topic or a pattern: `handler` is called with each event. */
  subscribe(topic: Uri, handler: EventHandler, options?: SubscribeSettings): Promise<Subscription>;
  /** Subscribes to a topic or a pattern: loop over the subscription. */
  subscribe(topic: Uri, options?: SubscribeSettings): Promise<Subscription>;
  /** Registers a procedure or a pattern. */
  register(procedure: Uri, handler: ProcedureHandler, options?: RegisterSettings): Promise<Registration>;
  /** Leaves the realm: whatever is open rejects. Closing again does nothing. */
  close(): Promise<void>;
}
