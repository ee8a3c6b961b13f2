import type { Account, Cut } from "./budget.js";
import type { Codec } from "./codec.js";
import type { Message } from "./messages/messages.js";
import type { PeerEvidence } from "./peer-evidence.js";

/**
 * What other sessions may know about the transport of a session: `wamp.session.get` and `wamp.session.on_join` show exactly
 * this as `transport`. It never holds headers, cookies or secrets.
 */
export interface TransportInfo {
  /** Kind of transport, for example `websocket`, `rawsocket` or `memory`. */
  readonly type: string;
  /** What was negotiated on it, for example the WebSocket subprotocol `wamp.2.json`. */
  readonly protocol: string;
  /** Id of the codec in use: `json`, `msgpack`, `cbor`. */
  readonly serializer: string;
  /** Address of the peer, for example `127.0.0.1:53122`; absent where a transport has no addresses. */
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
 * Transports implement it (see {@link ConnectionLifecycle}); routers and clients use it.
 */
export interface Connection {
  /** The codec that was negotiated for this connection. */
  readonly codec: Codec;
  readonly transport: TransportInfo;
  /** What authenticators, and nobody else, may know about the peer; absent when there is nothing to know. */
  readonly evidence?: PeerEvidence;
  /**
   * The longest frame that the peer accepts, in bytes, on transports that announce it, such as RawSocket. A longer frame is
   * never sent: `send` throws. Absent means no limit.
   */
  readonly maxFrameBytes?: number;
  /**
   * What the transport holds for this client is charged here; the router adds its own charges, and sets `authenticated`.
   * The transport opens and closes it. Without one the router opens its own.
   */
  readonly account?: Account;
  /** Bytes accepted by {@link send} that have not left this process yet. */
  readonly bufferedBytes: number;
  /** Bytes of all frames that {@link send} and {@link sendMessage} have accepted. Absent: the transport does not count them. */
  readonly bytesSent?: number;
  /**
   * Queues one frame. The transport keeps a reference and never writes into it, so many connections may share a frame.
   * Returns `false` when the outbox is above its high-water mark: the frame is still queued, but the sender should hold
   * back until {@link ConnectionHandler.onDrain}. An outbox above its hard limit ends the connection with an
   * {@link OutboxOverflowError}. On a closed connection it does nothing and returns `false`.
   *
   * @throws FrameTooLongError when the frame is longer than {@link maxFrameBytes}; nothing is sent.
   */
  send(frame: Uint8Array): boolean;
  /**
   * Encodes one message with {@link codec} and queues it as {@link send} does. Cheaper than both for a message that goes to
   * this peer only: a transport can have it written right behind what it is about to send.
   *
   * @throws what {@link Codec.encode} throws, and {@link FrameTooLongError}; nothing is sent.
   */
  sendMessage(message: Message): boolean;
  /**
   * Sends what is queued, then closes. Frames that still arrive are not delivered. A peer that does not let the queue
   * flush is cut off after a bounded time. Closing again does nothing.
   */
  close(status?: CloseStatus, message?: string): void;
  /**
   * Stops reading from the peer, so that back-pressure reaches it. No frame is delivered before {@link resume}, not even
   * one that has already arrived. Frames that still wait when the connection ends are dropped.
   */
  pause(): void;
  /** Reads again. Frames that waited are delivered later, never within this call. */
  resume(): void;
}

/** What a transport tells the owner of a connection. Calls are synchronous, in order, and never nested. */
export interface ConnectionHandler {
  /**
   * One whole frame has arrived. The bytes belong to the handler from now on. Everything that the peer sent before it
   * closed is delivered before {@link onClose}, unless the connection is paused.
   */
  onFrame(frame: Uint8Array): void;
  /** The outbox fell to its low-water mark after {@link Connection.send} had returned `false`. */
  onDrain(): void;
  /**
   * A PING or PONG has arrived, or a fragment of a message, which the transport takes care of: for handlers that count what a
   * peer sends.
   */
  onControlFrame?(bytes: number): void;
  /**
   * The peer holds too much, or makes room for a newer one, and is about to be disconnected, whatever this does: the moment for a last message that says
   * why. Not called when the peer does not read. {@link onClose} follows; with a `ClientCutError` if it held too much.
   */
  onCut?(cut: Cut): void;
  /**
   * The connection is gone; nothing is called after this. `error` says why it did not end in order: a
   * {@link PeerClosedError} when the peer gave a reason, an {@link OutboxOverflowError}, or what this handler threw. A
   * handler that throws in `onFrame` or `onDrain` closes its connection with `internal-error`; what it throws here is only
   * reported.
   */
  onClose(error?: Error): void;
}

/** Accepts new connections. A router is one, and so is a test double. */
export interface Acceptor {
  /** Returns the handler of a new connection. An acceptor that throws closes the connection with `internal-error`. */
  accept(connection: Connection): ConnectionHandler;
}

/** The peer does not accept a frame of this length. */
export class FrameTooLongError extends RangeError {
  override readonly name = "FrameTooLongError";
  readonly bytes: number;
  readonly maxBytes: number;

  constructor(bytes: number, maxBytes: number) {
    super(`a frame of ${bytes} bytes: the peer accepts at most ${maxBytes}`);
    this.bytes = bytes;
    this.maxBytes = maxBytes;
  }
}

/** The peer read too slowly, and its outbox reached the hard limit in bytes. */
export class OutboxOverflowError extends Error {
  override readonly name = "OutboxOverflowError";
  readonly bufferedBytes: number;
  readonly limit: number;

  constructor(bufferedBytes: number, limit: number) {
    super(`the outbox reached its limit (${bufferedBytes} of ${limit} bytes): the peer reads too slowly`);
    this.bufferedBytes = bufferedBytes;
    this.limit = limit;
  }
}

/** The peer closed the connection with a status other than `normal` or `going-away`. */
export class PeerClosedError extends Error {
  override readonly name = "PeerClosedError";
  readonly status: CloseStatus;
  /** The reason that the peer gave, for people; may be empty. */
  readonly reason: string;

  constructor(status: CloseStatus, reason: string) {
    super(`the peer closed the connection: ${status}${reason === "" ? "" : ` (${reason})`}`);
    this.status = status;
    this.reason = reason;
  }
}
