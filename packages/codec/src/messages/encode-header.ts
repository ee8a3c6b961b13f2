import { EMPTY_PAYLOAD, type Payload } from "../payload.js";
import { MessageType as M } from "./message-type.js";
import type { Message } from "./messages.js";

/** Lists the elements of a message that precede its payload, in the order in which they are sent. */
export function encodeHeader(message: Message): readonly unknown[] {
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

/** The payload of a message; {@link EMPTY_PAYLOAD} for types that carry none. */
export function payloadOf(message: Message): Payload {
  return "payload" in message ? message.payload : EMPTY_PAYLOAD;
}
