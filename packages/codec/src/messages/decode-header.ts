import { ProtocolError } from "../errors.js";
import type { Payload } from "../payload.js";
import { asDict, asId, asString, reject } from "./checks.js";
import type { HelloDetails, WelcomeDetails } from "./message-options.js";
import { MessageType as M } from "./message-type.js";
import type * as messages from "./messages.js";
import * as known from "./option-checks.js";
import { checkOptions } from "./option-checks.js";

type Header = readonly unknown[];

// Messages by the section of the specification that defines them.
type Session =
  | messages.Hello
  | messages.Welcome
  | messages.Abort
  | messages.Challenge
  | messages.Authenticate
  | messages.Goodbye;
type Publishing = messages.Publish | messages.Published | messages.Event | messages.EventReceived;
type Subscribing = messages.Subscribe | messages.Subscribed | messages.Unsubscribe | messages.Unsubscribed;
type Registering = messages.Register | messages.Registered | messages.Unregister | messages.Unregistered;
type Calling =
  | messages.Call
  | messages.Cancel
  | messages.Result
  | messages.Invocation
  | messages.Interrupt
  | messages.Yield;

/** Codes of messages that an ERROR can answer. */
const REQUEST_TYPES: ReadonlySet<unknown> = new Set([
  M.PUBLISH,
  M.SUBSCRIBE,
  M.UNSUBSCRIBE,
  M.CALL,
  M.CANCEL,
  M.REGISTER,
  M.UNREGISTER,
  M.INVOCATION,
  M.INTERRUPT,
  M.YIELD,
]);

/**
 * Builds a typed message from its header and checks every field.
 *
 * @param header - the elements before the payload, the type first, as many as the layout of the message asks for.
 * @throws ProtocolError naming the message, the field, the expected value and the actual one.
 */
export function decodeHeader(header: Header, payload: Payload): messages.Message {
  const type = header[0] as messages.Message["type"];
  switch (type) {
    case M.CALL:
    case M.YIELD:
    case M.INVOCATION:
    case M.RESULT:
    case M.CANCEL:
    case M.INTERRUPT:
      return decodeCalling(type, header, payload);
    case M.PUBLISH:
    case M.EVENT:
    case M.PUBLISHED:
    case M.EVENT_RECEIVED:
      return decodePublishing(type, header, payload);
    case M.ERROR:
      return decodeError(header, payload);
    case M.SUBSCRIBE:
    case M.SUBSCRIBED:
    case M.UNSUBSCRIBE:
    case M.UNSUBSCRIBED:
      return decodeSubscribing(type, header);
    case M.REGISTER:
    case M.REGISTERED:
    case M.UNREGISTER:
    case M.UNREGISTERED:
      return decodeRegistering(type, header);
    case M.HELLO:
    case M.WELCOME:
    case M.ABORT:
    case M.CHALLENGE:
    case M.AUTHENTICATE:
    case M.GOODBYE:
      return decodeSession(type, header, payload);
    default:
      throw new ProtocolError(`message type ${String(type satisfies never)} has a layout but no decoder`);
  }
}

function decodeCalling(type: Calling["type"], header: Header, payload: Payload): Calling {
  switch (type) {
    case M.CALL:
      return {
        type,
        request: asId("CALL.Request", header[1]),
        options: checkOptions("CALL.Options", header[2], known.CALL_OPTIONS),
        procedure: asString("CALL.Procedure", header[3]),
        payload,
      };
    case M.YIELD:
      return {
        type,
        request: asId("YIELD.Request", header[1]),
        options: checkOptions("YIELD.Options", header[2], known.RESULT_DETAILS),
        payload,
      };
    case M.INVOCATION:
      return {
        type,
        request: asId("INVOCATION.Request", header[1]),
        registration: asId("INVOCATION.Registration", header[2]),
        details: checkOptions("INVOCATION.Details", header[3], known.INVOCATION_DETAILS),
        payload,
      };
    case M.RESULT:
      return {
        type,
        request: asId("RESULT.Request", header[1]),
        details: checkOptions("RESULT.Details", header[2], known.RESULT_DETAILS),
        payload,
      };
    case M.CANCEL:
      return {
        type,
        request: asId("CANCEL.Request", header[1]),
        options: checkOptions("CANCEL.Options", header[2], known.CANCEL_OPTIONS),
      };
    case M.INTERRUPT:
      return {
        type,
        request: asId("INTERRUPT.Request", header[1]),
        options: checkOptions("INTERRUPT.Options", header[2], known.CANCEL_OPTIONS),
      };
  }
}

function decodePublishing(type: Publishing["type"], header: Header, payload: Payload): Publishing {
  switch (type) {
    case M.PUBLISH:
      return {
        type,
        request: asId("PUBLISH.Request", header[1]),
        options: checkOptions("PUBLISH.Options", header[2], known.PUBLISH_OPTIONS),
        topic: asString("PUBLISH.Topic", header[3]),
        payload,
      };
    case M.EVENT:
      return {
        type,
        subscription: asId("EVENT.Subscription", header[1]),
        publication: asId("EVENT.Publication", header[2]),
        details: checkOptions("EVENT.Details", header[3], known.EVENT_DETAILS),
        payload,
      };
    case M.PUBLISHED:
      return {
        type,
        request: asId("PUBLISHED.Request", header[1]),
        publication: asId("PUBLISHED.Publication", header[2]),
      };
    case M.EVENT_RECEIVED:
      return { type, publication: asId("EVENT_RECEIVED.Publication", header[1]) };
  }
}

function decodeSubscribing(type: Subscribing["type"], header: Header): Subscribing {
  switch (type) {
    case M.SUBSCRIBE:
      return {
        type,
        request: asId("SUBSCRIBE.Request", header[1]),
        options: checkOptions("SUBSCRIBE.Options", header[2], known.SUBSCRIBE_OPTIONS),
        topic: asString("SUBSCRIBE.Topic", header[3]),
      };
    case M.SUBSCRIBED:
      return {
        type,
        request: asId("SUBSCRIBED.Request", header[1]),
        subscription: asId("SUBSCRIBED.Subscription", header[2]),
      };
    case M.UNSUBSCRIBE:
      return {
        type,
        request: asId("UNSUBSCRIBE.Request", header[1]),
        subscription: asId("UNSUBSCRIBE.Subscription", header[2]),
      };
    case M.UNSUBSCRIBED:
      return { type, ...replyOrRevocation("UNSUBSCRIBED", header) };
  }
}

function decodeRegistering(type: Registering["type"], header: Header): Registering {
  switch (type) {
    case M.REGISTER:
      return {
        type,
        request: asId("REGISTER.Request", header[1]),
        options: checkOptions("REGISTER.Options", header[2], known.REGISTER_OPTIONS),
        procedure: asString("REGISTER.Procedure", header[3]),
      };
    case M.REGISTERED:
      return {
        type,
        request: asId("REGISTERED.Request", header[1]),
        registration: asId("REGISTERED.Registration", header[2]),
      };
    case M.UNREGISTER:
      return {
        type,
        request: asId("UNREGISTER.Request", header[1]),
        registration: asId("UNREGISTER.Registration", header[2]),
      };
    case M.UNREGISTERED:
      return { type, ...replyOrRevocation("UNREGISTERED", header) };
  }
}

/** A reply has a request id and no details; a revocation has request 0 and details. */
function replyOrRevocation(name: string, header: Header): Omit<messages.Unsubscribed, "type"> {
  if (header.length === 2) return { request: asId(`${name}.Request`, header[1]) };
  if (header[1] !== 0) reject(`${name}.Request`, "0, since details follow", header[1]);
  return { request: 0, details: checkOptions(`${name}.Details`, header[2], known.REVOCATION_DETAILS) };
}

function decodeError(header: Header, payload: Payload): messages.ErrorMessage {
  if (!REQUEST_TYPES.has(header[1])) reject("ERROR.REQUEST.Type", "the code of a request message", header[1]);
  return {
    type: M.ERROR,
    requestType: header[1] as number,
    request: asId("ERROR.REQUEST.Request", header[2]),
    details: checkOptions("ERROR.Details", header[3], known.ERROR_DETAILS),
    error: asString("ERROR.Error", header[4]),
    payload,
  };
}

function decodeSession(type: Session["type"], header: Header, payload: Payload): Session {
  switch (type) {
    case M.HELLO:
      return {
        type,
        realm: asString("HELLO.Realm", header[1]),
        details: detailsWithRoles("HELLO", header[2], known.HELLO_DETAILS) as HelloDetails,
      };
    case M.WELCOME:
      return {
        type,
        session: asId("WELCOME.Session", header[1]),
        details: detailsWithRoles("WELCOME", header[2], known.WELCOME_DETAILS) as WelcomeDetails,
      };
    case M.ABORT:
      return {
        type,
        details: asDict("ABORT.Details", header[1]),
        reason: asString("ABORT.Reason", header[2]),
        payload,
      };
    case M.CHALLENGE:
      return {
        type,
        authmethod: asString("CHALLENGE.AuthMethod", header[1]),
        extra: asDict("CHALLENGE.Extra", header[2]),
      };
    case M.AUTHENTICATE:
      return {
        type,
        signature: asString("AUTHENTICATE.Signature", header[1]),
        extra: asDict("AUTHENTICATE.Extra", header[2]),
      };
    case M.GOODBYE:
      return { type, details: asDict("GOODBYE.Details", header[1]), reason: asString("GOODBYE.Reason", header[2]) };
  }
}

/** Details that announce at least one role, each of the right shape (spec: "Role and Feature Announcement"). */
function detailsWithRoles(message: string, value: unknown, checks: known.OptionChecks): unknown {
  const details = checkOptions(`${message}.Details`, value, checks);
  const field = `${message}.Details.roles`;
  const roles = asDict(field, details["roles"]);
  let announced = 0;
  for (const role in roles) {
    announced++;
    const features = asDict(`${field}.${role}`, roles[role])["features"];
    if (features !== undefined) asDict(`${field}.${role}.features`, features);
  }
  if (announced === 0) reject(field, "at least one role", roles);
  return details;
}
