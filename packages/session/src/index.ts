export { BoundedQueue } from "./bounded-queue.js";
export { CallResult } from "./call-result.js";
export { BufferOverflowError, SessionEndedError } from "./errors.js";
export { MessageSession } from "./message-session.js";
export type { MessageSessionSettings, SessionIdentity } from "./message-session.js";
export type { Channel } from "./requests.js";
export type {
  Arguments,
  Caller,
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
} from "./session.js";
