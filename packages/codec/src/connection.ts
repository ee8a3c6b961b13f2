import type { Codec } from "./codec.js";
import type { PeerEvidence } from "./peer-evidence.js";

/**
 * What is known about the transport under a session, safe to show to other sessions: `wamp.session.get` and
 * `wamp.session.on_join` give exactly this as `transport`. Never headers, cookies or secrets.
 */
export interface TransportInfo {
  /** Kind of transport, for example `websocket`, `rawsocket` or `memory`. */
  readonly type: string;
  /** What was negotiated on it, for example the WebSocket subprotocol `wamp.2.json`. */
  readonly protocol: string;
  /** Id of the codec in use: `json`, `msgpack`, `cbor`. */
  readonly serializer: string;
  /** Address of the peer, for example `127.0.0.1:53122`; absent where a transport has none. */
  readonly peer?: string;
  /** True when the transport is encrypted with TLS. */
  readonly tls?: boolean;
}

/** Why a transport is closed. WebSocket maps these to 1000, 1001, 1002, 1008, 1009 and 1011. */
export type CloseStatus =
  | "normal"
  | "going-away"
  | "protocol-error"
  | "policy-violation"
  | "message-too-big"
  | "internal-error";

/**
 * One accepted transport connection that carries whole frames, in order, in both directions.
 * Implemented by transports; used by the router and by clients.
 */
export interface Connection {
  /** The codec that was negotiated for this connection. */
  readonly codec: Codec;
  readonly transport: TransportInfo;
  /** What authenticators may know of the peer and nobody else; absent when there is nothing. */
  readonly evidence?: PeerEvidence;
  /**
   * The longest frame that the peer takes, in bytes, where the transport lets it say so, as RawSocket does. A longer one
   * is never sent: `send` throws a RangeError. By default there is no such limit.
   */
  readonly maxFrameBytes?: number;
  /** Bytes accepted by {@link send} that have not left this process yet. */
  readonly bufferedBytes: number;
  /**
   * Queues one frame. The transport keeps a reference and never writes into it, so a frame may be shared by many
   * connections. Returns `false` when the outbox is above its high-water mark: the frame is still queued, but the
   * sender should hold back until {@link ConnectionHandler.onDrain}. An outbox above its hard limit ends the
   * connection with an {@link OutboxOverflowError}. On a closed connection it does nothing and returns `false`.
   */
  send(frame: Uint8Array): boolean;
  /**
   * Sends what was queued, then closes. Frames that still arrive are not delivered any more. A peer that does not
   * let the queue flush is cut off after a bounded time. Calling it again does nothing.
   */
  close(status?: CloseStatus, message?: string): void;
  /**
   * Stops reading from the peer, so that back-pressure reaches it. No frame is delivered before {@link resume}, not
   * even one that has already arrived; frames that wait when the connection ends are dropped.
   */
  pause(): void;
  resume(): void;
}

/** What a transport tells the owner of a connection. Calls are synchronous and in order. */
export interface ConnectionHandler {
  /** One whole frame arrived. The bytes belong to the handler from now on. */
  onFrame(frame: Uint8Array): void;
  /** The outbox fell below its low-water mark after {@link Connection.send} had returned `false`. */
  onDrain(): void;
  /**
   * The connection is gone; nothing is called after this. With an error if it did not end cleanly: a
   * {@link PeerClosedError} when the peer said why.
   */
  onClose(error?: Error): void;
}

/** Whatever takes new connections: the router is one, and so is a test double. */
export interface Acceptor {
  accept(connection: Connection): ConnectionHandler;
}

/** The peer did not read fast enough and its outbox reached the hard limit in bytes. */
export class OutboxOverflowError extends Error {
  override readonly name = "OutboxOverflowError";
  readonly bufferedBytes: number;
  readonly limit: number;

  constructor(bufferedBytes: number, limit: number) {
    super(`outbox holds ${bufferedBytes} bytes, the limit is ${limit}: the peer reads too slowly`);
    this.bufferedBytes = bufferedBytes;
    this.limit = limit;
  }
}

/** The peer closed the connection with a status other than `normal` or `going-away`. */
export class PeerClosedError extends Error {
  override readonly name = "PeerClosedError";
  readonly status: CloseStatus;
  /** What the peer gave as the reason, for people; may be empty. */
  readonly reason: string;

  constructor(status: CloseStatus, reason: string) {
    super(`the peer closed the connection: ${status}${reason === "" ? "" : ` (${reason})`}`);
    this.status = status;
    this.reason = reason;
  }
}
