import { asDict, asId, asString, refuse } from "./checks.js";
import { MessageType as M } from "./message-type.js";
import type { HelloDetails, WelcomeDetails } from "./message-options.js";
import type { Message } from "./messages.js";
import * as known from "./option-checks.js";
import { checkOptions } from "./option-checks.js";
import type { Payload } from "../payload.js";
import { ProtocolError } from "../errors.js";

/** Codes that an ERROR message may refer to. */
const FAILABLE: ReadonlySet<unknown> = new Set([
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
 * Builds the typed message from its header elements, checking each one.
 *
 * @param header - the elements before the payload, the type first, as many as the message's layout asks for.
 * @throws ProtocolError naming message, field, what was expected and what came.
 */
export function messageFromFields(header: readonly unknown[], payload: Payload): Message {
  const [code, a, b, c, d] = header;
  const type = code as Message["type"];
  switch (type) {
    case M.CALL:
      return {
        type,
        request: asId("CALL.Request", a),
        options: checkOptions("CALL.Options", b, known.CALL_OPTIONS),
        procedure: asString("CALL.Procedure", c),
        payload,
      };
    case M.YIELD:
      return {
        type,
        request: asId("YIELD.Request", a),
        options: checkOptions("YIELD.Options", b, known.RESULT_DETAILS),
        payload,
      };
    case M.PUBLISH:
      return {
        type,
        request: asId("PUBLISH.Request", a),
        options: checkOptions("PUBLISH.Options", b, known.PUBLISH_OPTIONS),
        topic: asString("PUBLISH.Topic", c),
        payload,
      };
    case M.ERROR:
      if (!FAILABLE.has(a)) refuse("ERROR.REQUEST.Type", "the code of a request message", a);
      return {
        type,
        requestType: a as number,
        request: asId("ERROR.REQUEST.Request", b),
        details: checkOptions("ERROR.Details", c, known.ERROR_DETAILS),
        error: asString("ERROR.Error", d),
        payload,
      };
    case M.EVENT:
      return {
        type,
        subscription: asId("EVENT.Subscription", a),
        publication: asId("EVENT.Publication", b),
        details: checkOptions("EVENT.Details", c, known.EVENT_DETAILS),
        payload,
      };
    case M.INVOCATION:
      return {
        type,
        request: asId("INVOCATION.Request", a),
        registration: asId("INVOCATION.Registration", b),
        details: checkOptions("INVOCATION.Details", c, known.INVOCATION_DETAILS),
        payload,
      };
    case M.RESULT:
      return {
        type,
        request: asId("RESULT.Request", a),
        details: checkOptions("RESULT.Details", b, known.RESULT_DETAILS),
        payload,
      };
    case M.SUBSCRIBE:
      return {
        type,
        request: asId("SUBSCRIBE.Request", a),
        options: checkOptions("SUBSCRIBE.Options", b, known.SUBSCRIBE_OPTIONS),
        topic: asString("SUBSCRIBE.Topic", c),
      };
    case M.SUBSCRIBED:
      return { type, request: asId("SUBSCRIBED.Request", a), subscription: asId("SUBSCRIBED.Subscription", b) };
    case M.UNSUBSCRIBE:
      return { type, request: asId("UNSUBSCRIBE.Request", a), subscription: asId("UNSUBSCRIBE.Subscription", b) };
    case M.PUBLISHED:
      return { type, request: asId("PUBLISHED.Request", a), publication: asId("PUBLISHED.Publication", b) };
    case M.REGISTER:
      return {
        type,
        request: asId("REGISTER.Request", a),
        options: checkOptions("REGISTER.Options", b, known.REGISTER_OPTIONS),
        procedure: asString("REGISTER.Procedure", c),
      };
    case M.REGISTERED:
      return { type, request: asId("REGISTERED.Request", a), registration: asId("REGISTERED.Registration", b) };
    case M.UNREGISTER:
      return { type, request: asId("UNREGISTER.Request", a), registration: asId("UNREGISTER.Registration", b) };
    case M.UNREGISTERED:
    case M.UNSUBSCRIBED:
      return revocable(type, a, b);
    case M.CANCEL:
      return {
        type,
        request: asId("CANCEL.Request", a),
        options: checkOptions("CANCEL.Options", b, known.CANCEL_OPTIONS),
      };
    case M.INTERRUPT:
      return {
        type,
        request: asId("INTERRUPT.Request", a),
        options: checkOptions("INTERRUPT.Options", b, known.CANCEL_OPTIONS),
      };
    case M.HELLO:
      return {
        type,
        realm: asString("HELLO.Realm", a),
        details: rolesDetails("HELLO", b, known.HELLO_DETAILS) as HelloDetails,
      };
    case M.WELCOME:
      return {
        type,
        session: asId("WELCOME.Session", a),
        details: rolesDetails("WELCOME", b, known.WELCOME_DETAILS) as WelcomeDetails,
      };
    case M.ABORT:
      return { type, details: asDict("ABORT.Details", a), reason: asString("ABORT.Reason", b), payload };
    case M.GOODBYE:
      return { type, details: asDict("GOODBYE.Details", a), reason: asString("GOODBYE.Reason", b) };
    case M.CHALLENGE:
      return { type, authmethod: asString("CHALLENGE.AuthMethod", a), extra: asDict("CHALLENGE.Extra", b) };
    case M.AUTHENTICATE:
      return { type, signature: asString("AUTHENTICATE.Signature", a), extra: asDict("AUTHENTICATE.Extra", b) };
    case M.EVENT_RECEIVED:
      return { type, publication: asId("EVENT_RECEIVED.Publication", a) };
    default:
      throw new ProtocolError(`message type: ${String(type satisfies never)} has a layout but no fields`);
  }
}

/** `Details.roles` must be there and name at least one role of the right shape (spec: "Role and Feature Announcement"). */
function rolesDetails(message: string, value: unknown, checks: known.OptionChecks): unknown {
  const details = checkOptions(`${message}.Details`, value, checks);
  const field = `${message}.Details.roles`;
  const roles = asDict(field, details["roles"]);
  let announced = 0;
  for (const role in roles) {
    announced++;
    const features = asDict(`${field}.${role}`, roles[role])["features"];
    if (features !== undefined) asDict(`${field}.${role}.features`, features);
  }
  if (announced === 0) refuse(field, "at least one role", roles);
  return details;
}

/** UNSUBSCRIBED and UNREGISTERED: a reply with a request id, or with request 0 and details a revocation. */
function revocable(type: typeof M.UNREGISTERED | typeof M.UNSUBSCRIBED, request: unknown, details: unknown): Message {
  const name = type === M.UNREGISTERED ? "UNREGISTERED" : "UNSUBSCRIBED";
  if (details === undefined) return { type, request: asId(`${name}.Request`, request) };
  if (request !== 0) refuse(`${name}.Request`, "0, since details follow", request);
  return { type, request: 0, details: checkOptions(`${name}.Details`, details, known.REVOCATION_DETAILS) };
}

/** The header elements of a message, in the order in which they are sent. */
export function fieldsFromMessage(message: Message): readonly unknown[] {
  switch (message.type) {
    case M.EVENT:
      return [message.type, message.subscription, message.publication, message.details];
    case M.INVOCATION:
      return [message.type, message.request, message.registration, message.details];
    case M.RESULT:
      return [message.type, message.request, message.details];
    case M.CALL:
    case M.REGISTER:
      return [message.type, message.request, message.options, message.procedure];
    case M.PUBLISH:
    case M.SUBSCRIBE:
      return [message.type, message.request, message.options, message.topic];
    case M.YIELD:
    case M.CANCEL:
    case M.INTERRUPT:
      return [message.type, message.request, message.options];
    case M.ERROR:
      return [message.type, message.requestType, message.request, message.details, message.error];
    case M.PUBLISHED:
      return [message.type, message.request, message.publication];
    case M.SUBSCRIBED:
    case M.UNSUBSCRIBE:
      return [message.type, message.request, message.subscription];
    case M.REGISTERED:
    case M.UNREGISTER:
      return [message.type, message.request, message.registration];
    case M.UNSUBSCRIBED:
    case M.UNREGISTERED:
      return message.details === undefined
        ? [message.type, message.request]
        : [message.type, message.request, message.details];
    case M.HELLO:
      return [message.type, message.realm, message.details];
    case M.WELCOME:
      return [message.type, message.session, message.details];
    case M.ABORT:
    case M.GOODBYE:
      return [message.type, message.details, message.reason];
    case M.CHALLENGE:
      return [message.type, message.authmethod, message.extra];
    case M.AUTHENTICATE:
      return [message.type, message.signature, message.extra];
    case M.EVENT_RECEIVED:
      return [message.type, message.publication];
  }
}

const NOTHING: Payload = Object.freeze({});

/** The payload of a message, empty for those that cannot have one. */
export function payloadOf(message: Message): Payload {
  return "payload" in message ? message.payload : NOTHING;
}
