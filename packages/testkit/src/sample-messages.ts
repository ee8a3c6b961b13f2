import { type Message, MessageType as M, type Payload } from "@kreuz/codec";
import { ALL_CLIENT_ROLES } from "./client-roles.js";

/** Values of every kind that all formats can carry, as positional and keyword arguments. */
export const SAMPLE_PAYLOAD: Payload = {
  args: [
    null,
    true,
    false,
    0,
    -1,
    1.5,
    -1e-7,
    4_294_967_296,
    -4_294_967_297,
    2 ** 53 - 1,
    "",
    "plain",
    "ümläut, 字, 🙂, \u0001",
    [],
    [1, [2, [3, {}]]],
  ],
  kwargs: { list: [1, 2], dict: { key: "value" }, bytes: Uint8Array.of(0, 1, 127, 128, 255), "no identifier!": null },
};

const payload = SAMPLE_PAYLOAD;
const some: Payload = { args: ["some", 1] };
const none: Payload = {};

/** Every message of the Basic and the Advanced Profile, with and without its optional parts. */
export const SAMPLE_MESSAGES: readonly Message[] = [
  { type: M.HELLO, realm: "realm1", details: { roles: ALL_CLIENT_ROLES, authmethods: ["ticket"], authid: "joe" } },
  { type: M.WELCOME, session: 9_007_199_254_740_992, details: { roles: { broker: {}, dealer: { features: {} } } } },
  { type: M.ABORT, details: { message: "no" }, reason: "wamp.error.no_such_realm", payload: none },
  { type: M.ABORT, details: {}, reason: "wamp.error.no_such_realm", payload },
  { type: M.CHALLENGE, authmethod: "wampcra", extra: { challenge: "{}", iterations: 1000 } },
  { type: M.AUTHENTICATE, signature: "sgn", extra: { nonce: "x" } },
  { type: M.GOODBYE, details: { message: "bye" }, reason: "wamp.close.close_realm" },
  { type: M.ERROR, requestType: M.CALL, request: 7, details: {}, error: "com.error", payload: none },
  { type: M.ERROR, requestType: M.INVOCATION, request: 7, details: {}, error: "com.error", payload },
  { type: M.PUBLISH, request: 1, options: {}, topic: "com.topic", payload: none },
  { type: M.PUBLISH, request: 2, options: { acknowledge: true, exclude: [1, 2] }, topic: "com.topic", payload },
  { type: M.PUBLISHED, request: 1, publication: 123_456_789_012 },
  { type: M.SUBSCRIBE, request: 1, options: { match: "wildcard" }, topic: "com..topic" },
  { type: M.SUBSCRIBED, request: 1, subscription: 2 },
  { type: M.UNSUBSCRIBE, request: 2, subscription: 2 },
  { type: M.UNSUBSCRIBED, request: 2 },
  { type: M.UNSUBSCRIBED, request: 0, details: { subscription: 2, reason: "wamp.subscription.revoked" } },
  { type: M.EVENT, subscription: 2, publication: 3, details: {}, payload: none },
  { type: M.EVENT, subscription: 2, publication: 3, details: { publisher: 4, topic: "com.topic" }, payload },
  { type: M.CALL, request: 1, options: {}, procedure: "com.procedure", payload: none },
  { type: M.CALL, request: 2, options: { timeout: 1000, receive_progress: true }, procedure: "com.procedure", payload },
  { type: M.CANCEL, request: 2, options: { mode: "killnowait" } },
  { type: M.RESULT, request: 1, details: {}, payload: none },
  { type: M.RESULT, request: 2, details: { progress: true }, payload: some },
  { type: M.REGISTER, request: 1, options: { match: "prefix", invoke: "roundrobin" }, procedure: "com" },
  { type: M.REGISTERED, request: 1, registration: 2 },
  { type: M.UNREGISTER, request: 2, registration: 2 },
  { type: M.UNREGISTERED, request: 2 },
  { type: M.UNREGISTERED, request: 0, details: { registration: 2, reason: "wamp.registration.revoked" } },
  { type: M.INVOCATION, request: 1, registration: 2, details: {}, payload: none },
  { type: M.INVOCATION, request: 1, registration: 2, details: { caller: 3, procedure: "com.x" }, payload },
  { type: M.INTERRUPT, request: 1, options: { mode: "kill" } },
  { type: M.YIELD, request: 1, options: { progress: true }, payload: none },
  { type: M.YIELD, request: 1, options: {}, payload: { kwargs: { only: "kwargs" } } },
  { type: M.EVENT_RECEIVED, publication: 3 },
];
