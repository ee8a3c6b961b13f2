/** Message codes of the Basic and Advanced Profile (spec: "Message Codes and Direction"). */
export const MessageType = {
  HELLO: 1,
  WELCOME: 2,
  ABORT: 3,
  CHALLENGE: 4,
  AUTHENTICATE: 5,
  GOODBYE: 6,
  ERROR: 8,
  PUBLISH: 16,
  PUBLISHED: 17,
  SUBSCRIBE: 32,
  SUBSCRIBED: 33,
  UNSUBSCRIBE: 34,
  UNSUBSCRIBED: 35,
  EVENT: 36,
  CALL: 48,
  CANCEL: 49,
  RESULT: 50,
  REGISTER: 64,
  REGISTERED: 65,
  UNREGISTER: 66,
  UNREGISTERED: 67,
  INVOCATION: 68,
  INTERRUPT: 69,
  YIELD: 70,
  /** Acknowledges an event. In the WAMP project's test vectors, not in the text of the specification. */
  EVENT_RECEIVED: 337,
} as const;

/** Any message code. */
export type MessageType = (typeof MessageType)[keyof typeof MessageType];
/** Any message name. */
export type MessageName = keyof typeof MessageType;

const NAMES: ReadonlyMap<number, MessageName> = /* @__PURE__ */ new Map(
  Object.entries(MessageType).map(([name, code]) => [code, name as MessageName]),
);

/** Name of a message code as the specification writes it, or `undefined` for an unknown code. */
export function messageName(type: number): MessageName | undefined {
  return NAMES.get(type);
}
