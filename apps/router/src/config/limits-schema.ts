import { DEFAULT_MAX_DEPTH } from "@kreuz/codec";
import { DEFAULT_LIMITS as limits } from "@kreuz/router";
import type { z } from "zod";
import type { LimitsConfig } from "./config.js";
import { bytes, count, integer, milliseconds, section } from "./fields.js";

/** Bounds that every session lives within. A limit of the router that is missing here does not compile. */
export const limitsSchema: z.ZodType<LimitsConfig> = section({
  handshakeTimeoutMs: milliseconds()
    .default(limits.handshakeTimeout)
    .describe("Time until HELLO, after the transport opened or a session on it ended."),
  authenticationTimeoutMs: milliseconds()
    .default(limits.authenticationTimeout)
    .describe("Time from HELLO until authentication is complete."),
  goodbyeTimeoutMs: milliseconds()
    .default(limits.goodbyeTimeout)
    .describe("Time that a client has to answer GOODBYE before it is disconnected."),
  sessionsPerRealm: count().default(limits.sessionsPerRealm).describe("Sessions that a realm may have."),
  uriLength: integer(16, 65_536)
    .default(limits.uriLength)
    .describe("Characters that the URI of a topic or procedure may have."),
  subscriptionsPerSession: count()
    .default(limits.subscriptionsPerSession)
    .describe("Subscriptions that a session may hold."),
  registrationsPerSession: count()
    .default(limits.registrationsPerSession)
    .describe("Registrations that a session may hold."),
  messagesPerSecond: count()
    .default(limits.messagesPerSecond)
    .describe("Messages that a connection may send in a second; who sends more is read more slowly."),
  bytesPerSecond: bytes()
    .default(limits.bytesPerSecond)
    .describe("Bytes that a connection may send in a second; who sends more is read more slowly."),
  joinsPerMinute: count()
    .default(limits.joinsPerMinute)
    .describe("Sessions that a connection may ask for in a minute, one after the other."),
  pendingCallsPerSession: count()
    .default(limits.pendingCallsPerSession)
    .describe("Calls without an answer that a session may have."),
  pendingCallBytesPerSession: bytes()
    .default(limits.pendingCallBytesPerSession)
    .describe("Bytes of these calls that are kept, because they wait for a callee or may go to another one."),
  queuedCallsPerRegistration: count()
    .default(limits.queuedCallsPerRegistration)
    .describe("Calls that may wait for a procedure whose callees are all busy."),
  retainedTopicsPerRealm: count()
    .default(limits.retainedTopicsPerRealm)
    .describe("Topics that a realm keeps a retained event for."),
  retainedBytesPerRealm: bytes()
    .default(limits.retainedBytesPerRealm)
    .describe("Payload that a realm keeps in retained events."),
  maxNestingDepth: integer(1, 1000)
    .default(DEFAULT_MAX_DEPTH)
    .describe("Deepest nesting of lists and dicts in a message."),
});
