/** A limit of a transport, named when it is hit so that it can be counted. */
export type LimitName =
  /** A handshake was refused, over HTTP with 503, because `maxConnections` are open. */
  | "connections"
  /** A socket was dropped, or a request refused with HTTP 429, because its address has `maxConnectionsPerAddress` open. */
  | "connections-per-address"
  /** A socket was dropped because too many others have not finished their opening handshake. */
  | "pending-handshakes"
  /** A socket did not finish its opening handshake within `handshakeTimeout`. */
  | "handshake-timeout"
  /** A handshake was refused with HTTP 403 because of its origin. */
  | "origin"
  /** A message was larger than `maxMessageBytes`; closed, over WebSocket with 1009. */
  | "message-bytes"
  /** An outbox reached its hard limit; the connection was dropped. */
  | "outbox-bytes"
  /** A peer did not answer a ping within `keepAlive.timeout`; the connection was dropped. */
  | "keep-alive-timeout"
  /** A long-poll client did not ask for messages within `sessionTimeout`; its connection was dropped. */
  | "session-timeout"
  /** A peer did not answer the close within `closeTimeout`; the connection was dropped. */
  | "close-timeout";
