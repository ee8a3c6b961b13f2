export type { Acceptor, CloseStatus, Connection, ConnectionHandler, TransportInfo } from "./connection.js";
export { FrameTooLongError, OutboxOverflowError, PeerClosedError } from "./connection.js";
export type { ConnectionLimit, LifecycleHooks, LifecycleSettings } from "./connection-lifecycle.js";
export { ConnectionLifecycle } from "./connection-lifecycle.js";
export type { PeerCertificate, PeerEvidence } from "./peer-evidence.js";
export type { OutboxLimits } from "./outbox.js";
export { DEFAULT_OUTBOX_HIGH_WATER, DEFAULT_OUTBOX_LIMIT, outboxLimitsOf } from "./outbox.js";
export type { Clock } from "./clock.js";
export { systemClock } from "./clock.js";
export type { Codec, CodecLimits, FrameRoom } from "./codec.js";
export { DEFAULT_MAX_BYTES, DEFAULT_MAX_DEPTH, DEFAULT_MAX_VALUES } from "./codec.js";
export type { Dict, Payload, PayloadFormat } from "./payload.js";
export { EMPTY_PAYLOAD, EncodedPayload, encodePayloadAs, isEmptyPayload } from "./payload.js";
export { MessageType, messageName } from "./messages/message-type.js";
export type { MessageName } from "./messages/message-type.js";
export type {
  CallOptions,
  CancelMode,
  CancelOptions,
  ClientRole,
  EventDetails,
  ForwardedFor,
  HelloDetails,
  InvocationDetails,
  InvocationPolicy,
  PassthruAttributes,
  PublishOptions,
  RegisterOptions,
  ResultDetails,
  RevocationDetails,
  RoleDetails,
  RouterRole,
  SubscribeOptions,
  TransparentPayloadAttributes,
  WelcomeDetails,
  YieldOptions,
} from "./messages/message-options.js";
export type {
  Abort,
  Authenticate,
  Call,
  Cancel,
  Challenge,
  ClientMessage,
  ErrorMessage,
  Event,
  EventReceived,
  Goodbye,
  Hello,
  Interrupt,
  Invocation,
  Message,
  Publish,
  Published,
  Register,
  Registered,
  Result,
  RouterMessage,
  Subscribe,
  Subscribed,
  Unregister,
  Unregistered,
  Unsubscribe,
  Unsubscribed,
  Welcome,
  Yield,
} from "./messages/messages.js";
export { checkPublishOptions } from "./messages/option-checks.js";
export { isPatternUri, isReservedUri, isUri, MAX_URI_LENGTH } from "./uri.js";
export type { MatchPolicy, Uri, UriRule } from "./uri.js";
export type { Id } from "./id.js";
export { isId, MAX_ID, nextId } from "./id.js";
export type { ValueSink } from "./value-sink.js";
export { PayloadError } from "./messages/payload-error.js";
export { recognizeCopies } from "./recognize-copies.js";
export { closest, suggestion } from "./closest.js";
export { defineExtension, EXTENSION_API, isExtension } from "./extension/extension.js";
export type { Extension, ExtensionDefinition, ExtensionInfo, ExtensionRef } from "./extension/extension.js";
export { checkOptions } from "./extension/check-options.js";
export { resourcesOpenedBy } from "./extension/opened-resources.js";
export { formatOptionPath, jsonSchemaOf } from "./extension/options-schema.js";
export type { CheckedOptions, OptionsIssue, OptionsSchema } from "./extension/options-schema.js";
export { defineTransport } from "./extension/transport.js";
export type {
  Listener,
  ListenerCounts,
  Transport,
  TransportContext,
  TransportExtension,
} from "./extension/transport.js";
export { ConfigError } from "./config-error.js";
export { asError, ProtocolError, WampError } from "./errors.js";
export { CloseUri, ErrorUri, MetaProcedure, MetaTopic } from "./uris.js";
export { fromBase64, toBase64 } from "./json/base64.js";
export { Budget, ClientCutError } from "./budget.js";
export type { Account, AccountHolder, BudgetOptions, Cut, CutReason } from "./budget.js";
