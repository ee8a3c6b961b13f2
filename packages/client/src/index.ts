export { connect } from "./connect.js";
export type { ConnectOptions } from "./connect.js";
export type { ReconnectSettings } from "./client-session.js";
export { ConnectError } from "./errors.js";
export { anonymous, ticket, wampcra } from "./auth/secrets.js";
export { cryptosign } from "./auth/cryptosign.js";
export type { CryptosignSettings } from "./auth/cryptosign.js";
export { autobahnScram } from "./auth/autobahn-scram.js";
export { scram } from "./auth/scram.js";
export type { Argon2id, Argon2idCost, ScramSettings } from "./auth/scram.js";
export type { Answer, AuthMethod, Exchange, Secret } from "./auth/auth-method.js";
export { webSocket, WebSocketClosedError } from "./websocket.js";
export type { WebSocketClass, WebSocketSettings } from "./websocket.js";
export { connectionTransport } from "./connection.js";
export type { Link, LinkEvents, Transport } from "./transport.js";
export { json } from "./json.js";
export type { Format } from "./format.js";
export { BufferOverflowError, CallResult, SessionEndedError } from "@kreuz/session";
export type {
  Arguments,
  CallSettings,
  EventHandler,
  ProcedureCall,
  ProcedureHandler,
  RegisterSettings,
  Registration,
  Session,
  SessionEvent,
  SessionState,
  StreamSettings,
  SubscribeSettings,
  Subscription,
} from "@kreuz/session";
export { WampError } from "@kreuz/codec";
