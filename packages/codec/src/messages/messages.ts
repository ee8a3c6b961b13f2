import type { Id } from "../id.js";
import type { Dict, Payload } from "../payload.js";
import type { Uri } from "../uri.js";
import type {
  CallOptions,
  CancelOptions,
  EventDetails,
  HelloDetails,
  InvocationDetails,
  PublishOptions,
  RegisterOptions,
  ResultDetails,
  RevocationDetails,
  SubscribeOptions,
  WelcomeDetails,
  YieldOptions,
} from "./message-options.js";
import type { MessageType } from "./message-type.js";

type T = typeof MessageType;

// Session Lifecycle

/** HELLO: a client opens a session on a realm. */
export interface Hello {
  readonly type: T["HELLO"];
  readonly realm: Uri;
  readonly details: HelloDetails;
}
/** WELCOME: the router accepts a client; the session is established. */
export interface Welcome {
  readonly type: T["WELCOME"];
  readonly session: Id;
  readonly details: WelcomeDetails;
}
/** ABORT: either peer refuses to open a session, or ends it after a protocol violation. */
export interface Abort {
  readonly type: T["ABORT"];
  readonly details: Dict;
  readonly reason: Uri;
  readonly payload: Payload;
}
/** CHALLENGE: the router asks the client to authenticate. */
export interface Challenge {
  readonly type: T["CHALLENGE"];
  readonly authmethod: string;
  readonly extra: Dict;
}
/** AUTHENTICATE: a client answers a CHALLENGE. */
export interface Authenticate {
  readonly type: T["AUTHENTICATE"];
  readonly signature: string;
  readonly extra: Dict;
}
/** GOODBYE: either peer closes the session, or confirms that it is closed. */
export interface Goodbye {
  readonly type: T["GOODBYE"];
  readonly details: Dict;
  readonly reason: Uri;
}

/** ERROR: a request failed; sent in both directions. */
export interface ErrorMessage {
  readonly type: T["ERROR"];
  /** Code of the message that failed. */
  readonly requestType: number;
  readonly request: Id;
  readonly details: Dict;
  readonly error: Uri;
  readonly payload: Payload;
}

// Publish and Subscribe

/** PUBLISH: a publisher sends an event to a topic. */
export interface Publish {
  readonly type: T["PUBLISH"];
  readonly request: Id;
  readonly options: PublishOptions;
  readonly topic: Uri;
  readonly payload: Payload;
}
/** PUBLISHED: acknowledges a PUBLISH that asked for it. */
export interface Published {
  readonly type: T["PUBLISHED"];
  readonly request: Id;
  readonly publication: Id;
}
/** SUBSCRIBE: a subscriber subscribes to a topic or a pattern. */
export interface Subscribe {
  readonly type: T["SUBSCRIBE"];
  readonly request: Id;
  readonly options: SubscribeOptions;
  readonly topic: Uri;
}
/** SUBSCRIBED: acknowledges a SUBSCRIBE. */
export interface Subscribed {
  readonly type: T["SUBSCRIBED"];
  readonly request: Id;
  readonly subscription: Id;
}
/** UNSUBSCRIBE: a subscriber cancels a subscription. */
export interface Unsubscribe {
  readonly type: T["UNSUBSCRIBE"];
  readonly request: Id;
  readonly subscription: Id;
}
/** UNSUBSCRIBED: acknowledges an UNSUBSCRIBE; with request 0 and `details`, revokes a subscription (spec: "Subscription Revocation"). */
export interface Unsubscribed {
  readonly type: T["UNSUBSCRIBED"];
  readonly request: Id;
  readonly details?: RevocationDetails;
}
/** EVENT: the broker delivers a publication to a subscriber. */
export interface Event {
  readonly type: T["EVENT"];
  readonly subscription: Id;
  readonly publication: Id;
  readonly details: EventDetails;
  readonly payload: Payload;
}
/** EVENT_RECEIVED (337): a subscriber acknowledges an event. Decoded and encoded; the router ignores it. */
export interface EventReceived {
  readonly type: T["EVENT_RECEIVED"];
  readonly publication: Id;
}

// Remote Procedure Calls

/** CALL: a caller calls a procedure. */
export interface Call {
  readonly type: T["CALL"];
  readonly request: Id;
  readonly options: CallOptions;
  readonly procedure: Uri;
  readonly payload: Payload;
}
/** CANCEL: a caller cancels a call in flight (spec: "Call Canceling"). */
export interface Cancel {
  readonly type: T["CANCEL"];
  readonly request: Id;
  readonly options: CancelOptions;
}
/** RESULT: the dealer returns the result of a call, or a part of it, to the caller. */
export interface Result {
  readonly type: T["RESULT"];
  readonly request: Id;
  readonly details: ResultDetails;
  readonly payload: Payload;
}
/** REGISTER: a callee registers a procedure or a pattern. */
export interface Register {
  readonly type: T["REGISTER"];
  readonly request: Id;
  readonly options: RegisterOptions;
  readonly procedure: Uri;
}
/** REGISTERED: acknowledges a REGISTER. */
export interface Registered {
  readonly type: T["REGISTERED"];
  readonly request: Id;
  readonly registration: Id;
}
/** UNREGISTER: a callee cancels a registration. */
export interface Unregister {
  readonly type: T["UNREGISTER"];
  readonly request: Id;
  readonly registration: Id;
}
/** UNREGISTERED: acknowledges an UNREGISTER; with request 0 and `details`, revokes a registration (spec: "Registration Revocation"). */
export interface Unregistered {
  readonly type: T["UNREGISTERED"];
  readonly request: Id;
  readonly details?: RevocationDetails;
}
/** INVOCATION: the dealer forwards a call to a callee. */
export interface Invocation {
  readonly type: T["INVOCATION"];
  readonly request: Id;
  readonly registration: Id;
  readonly details: InvocationDetails;
  readonly payload: Payload;
}
/** INTERRUPT: the dealer cancels an invocation (spec: "Call Canceling"). */
export interface Interrupt {
  readonly type: T["INTERRUPT"];
  readonly request: Id;
  readonly options: CancelOptions;
}
/** YIELD: a callee returns the result of an invocation, or a part of it. */
export interface Yield {
  readonly type: T["YIELD"];
  readonly request: Id;
  readonly options: YieldOptions;
  readonly payload: Payload;
}

/** Messages that a client sends to a router. */
export type ClientMessage =
  | Hello
  | Abort
  | Authenticate
  | Goodbye
  | ErrorMessage
  | Publish
  | Subscribe
  | Unsubscribe
  | Call
  | Cancel
  | Register
  | Unregister
  | Yield
  | EventReceived;

/** Messages that a router sends to a client. */
export type RouterMessage =
  | Welcome
  | Abort
  | Challenge
  | Goodbye
  | ErrorMessage
  | Published
  | Subscribed
  | Unsubscribed
  | Event
  | Result
  | Registered
  | Unregistered
  | Invocation
  | Interrupt;

/** Every WAMP message; `type` is the discriminant. */
export type Message = ClientMessage | RouterMessage;
