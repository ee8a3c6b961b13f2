import type { Dict, Id, Uri } from "../types.js";
import type { MessageType } from "./message-type.js";
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
import type { Payload } from "../payload.js";

type T = typeof MessageType;

// Session lifecycle

export interface Hello {
  readonly type: T["HELLO"];
  readonly realm: Uri;
  readonly details: HelloDetails;
}
export interface Welcome {
  readonly type: T["WELCOME"];
  readonly session: Id;
  readonly details: WelcomeDetails;
}
export interface Abort {
  readonly type: T["ABORT"];
  readonly details: Dict;
  readonly reason: Uri;
  readonly payload: Payload;
}
export interface Challenge {
  readonly type: T["CHALLENGE"];
  readonly authmethod: string;
  readonly extra: Dict;
}
export interface Authenticate {
  readonly type: T["AUTHENTICATE"];
  readonly signature: string;
  readonly extra: Dict;
}
export interface Goodbye {
  readonly type: T["GOODBYE"];
  readonly details: Dict;
  readonly reason: Uri;
}

/** ERROR, in both directions. `requestType` is the code of the message that failed. */
export interface ErrorMessage {
  readonly type: T["ERROR"];
  readonly requestType: number;
  readonly request: Id;
  readonly details: Dict;
  readonly error: Uri;
  readonly payload: Payload;
}

// Publish and subscribe

export interface Publish {
  readonly type: T["PUBLISH"];
  readonly request: Id;
  readonly options: PublishOptions;
  readonly topic: Uri;
  readonly payload: Payload;
}
export interface Published {
  readonly type: T["PUBLISHED"];
  readonly request: Id;
  readonly publication: Id;
}
export interface Subscribe {
  readonly type: T["SUBSCRIBE"];
  readonly request: Id;
  readonly options: SubscribeOptions;
  readonly topic: Uri;
}
export interface Subscribed {
  readonly type: T["SUBSCRIBED"];
  readonly request: Id;
  readonly subscription: Id;
}
export interface Unsubscribe {
  readonly type: T["UNSUBSCRIBE"];
  readonly request: Id;
  readonly subscription: Id;
}
/** Reply to UNSUBSCRIBE; with request 0 and `details` it revokes a subscription ("Subscription Revocation"). */
export interface Unsubscribed {
  readonly type: T["UNSUBSCRIBED"];
  readonly request: Id;
  readonly details?: RevocationDetails;
}
export interface Event {
  readonly type: T["EVENT"];
  readonly subscription: Id;
  readonly publication: Id;
  readonly details: EventDetails;
  readonly payload: Payload;
}
/** Acknowledged event delivery (337): read and written, not acted upon. */
export interface EventReceived {
  readonly type: T["EVENT_RECEIVED"];
  readonly publication: Id;
}

// Remote procedure calls

export interface Call {
  readonly type: T["CALL"];
  readonly request: Id;
  readonly options: CallOptions;
  readonly procedure: Uri;
  readonly payload: Payload;
}
export interface Cancel {
  readonly type: T["CANCEL"];
  readonly request: Id;
  readonly options: CancelOptions;
}
export interface Result {
  readonly type: T["RESULT"];
  readonly request: Id;
  readonly details: ResultDetails;
  readonly payload: Payload;
}
export interface Register {
  readonly type: T["REGISTER"];
  readonly request: Id;
  readonly options: RegisterOptions;
  readonly procedure: Uri;
}
export interface Registered {
  readonly type: T["REGISTERED"];
  readonly request: Id;
  readonly registration: Id;
}
export interface Unregister {
  readonly type: T["UNREGISTER"];
  readonly request: Id;
  readonly registration: Id;
}
/** Reply to UNREGISTER; with request 0 and `details` it revokes a registration ("Registration Revocation"). */
export interface Unregistered {
  readonly type: T["UNREGISTERED"];
  readonly request: Id;
  readonly details?: RevocationDetails;
}
export interface Invocation {
  readonly type: T["INVOCATION"];
  readonly request: Id;
  readonly registration: Id;
  readonly details: InvocationDetails;
  readonly payload: Payload;
}
export interface Interrupt {
  readonly type: T["INTERRUPT"];
  readonly request: Id;
  readonly options: CancelOptions;
}
export interface Yield {
  readonly type: T["YIELD"];
  readonly request: Id;
  readonly options: YieldOptions;
  readonly payload: Payload;
}

/** What a client may send to a router. */
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

/** What a router may send to a client. */
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

export type Message = ClientMessage | RouterMessage;
