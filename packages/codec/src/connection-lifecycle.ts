import { ClientCutError, type Cut } from "./budget.js";
import type { Clock } from "./clock.js";
import type {
  Acceptor,
  CloseStatus,
  Connection,
  ConnectionHandler,
  OutboxOverflowError,
  PeerClosedError,
} from "./connection.js";
import { asError } from "./errors.js";

/** What a {@link ConnectionLifecycle} asks of its transport. No hook may call the lifecycle back before it has returned. */
export interface LifecycleHooks {
  /**
   * The connection is no longer open: delivers no more frames, and cancels the transport's own timers. Reading goes on, so
   * that the peer's close can be seen. Called once.
   */
  stop(): void;
  /** Sends what is queued and then the close, with status and message where the transport can carry them. Called once at most. */
  end(status: CloseStatus, message: string): void;
  /** Breaks the connection at once and drops what is queued. May be called again, until the connection is over. */
  destroy(): void;
  /** The connection is over, and its handler is about to be told. Called once. */
  release(): void;
}

/** Limits that can end a connection over any transport. */
export type ConnectionLimit =
  /** The outbox reached its hard limit. */
  | "outbox-bytes"
  /** The peer did not let a close finish within `closeTimeout`. */
  | "close-timeout"
  /** The peer was cut by the budget. */
  | "memory";

/** Settings of a {@link ConnectionLifecycle}. */
export interface LifecycleSettings {
  readonly clock: Clock;
  /** How long a close may take before the connection is destroyed, in milliseconds. */
  readonly closeTimeout: number;
  /** Called with the limit that ended a connection. */
  readonly onLimit: (limit: ConnectionLimit) => void;
  /** Called with what an acceptor throws in `accept`, and a handler in `onClose`: both leave no handler to tell. */
  readonly onError: (error: Error) => void;
}

/**
 * From the first frame of a connection to its last, the same over every transport. A transport keeps its framing and
 * leaves the rest to this: who is told what, when, and how often.
 *
 * ```text
 *   open ──── close(), a handler that throws ────► closing ──── onEnd(), onLost() ────► closed
 *    │          stop, end                           ▲  │          release, onClose         ▲
 *    │                                              │  └ after closeTimeout:               │
 *    ├─────── cutOff(), onOverflow() ───────────────┘      destroy, then onLost()          │
 *    │          stop, destroy                                                              │
 *    └─────── onEnd(), onLost(): the peer was first ───────────────────────────────────────┘
 *               stop, release, onClose
 * ```
 *
 * The upper line of an arrow is what happens, the lower one which hooks and which method of the handler are called.
 *
 * - Frames and drains reach the handler only in `open`.
 * - A handler that throws closes its connection with `internal-error`; its `onClose` gets the error, the peer does not.
 * - The first failure that is known is the one that `onClose` gets.
 */
export class ConnectionLifecycle {
  readonly #hooks: LifecycleHooks;
  readonly #settings: LifecycleSettings;
  #handler: ConnectionHandler | undefined;
  #state: "open" | "closing" | "closed" = "open";
  #failure: Error | undefined;
  #timedOut = false;
  #cancelTimeout: (() => void) | undefined;

  constructor(hooks: LifecycleHooks, settings: LifecycleSettings) {
    this.#hooks = hooks;
    this.#settings = settings;
  }

  /** True until the connection begins to close, whoever closes it. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Asks `acceptor` for the handler of `connection`. Call it once, before any other method. */
  admit(acceptor: Acceptor, connection: Connection): void {
    try {
      this.#handler = acceptor.accept(connection);
    } catch (error) {
      this.#settings.onError(asError(error));
      this.close("internal-error");
    }
  }

  /** Gives a frame to the handler. */
  deliver(frame: Uint8Array): void {
    if (this.#state !== "open") return;
    try {
      this.#handler?.onFrame(frame);
    } catch (error) {
      this.#closeOnBug(error);
    }
  }

  /** The outbox fell to its low-water mark after `send` had returned `false`. */
  onDrain(): void {
    if (this.#state !== "open") return;
    try {
      this.#handler?.onDrain();
    } catch (error) {
      this.#closeOnBug(error);
    }
  }

  /** The outbox reached its hard limit. */
  onOverflow(error: OutboxOverflowError): void {
    this.#settings.onLimit("outbox-bytes");
    this.cutOff(error);
  }

  /** The peer holds too much. It is told why, unless it does not read anyway. */
  onCut(cut: Cut): void {
    if (this.#state === "closed") return;
    this.#settings.onLimit("memory");
    const failure = new ClientCutError(cut);
    if (this.#state !== "open" || cut.unsentBytes > 0) return this.cutOff(failure);
    this.noteFailure(failure);
    this.#tell(cut);
  }

  /** The peer makes room for a newer one, and is told so. */
  onDismissed(message: string): void {
    if (this.#state !== "open") return;
    this.#tell({ reason: "newer-client", message, bytes: 0, pieces: 0, unsentBytes: 0 });
  }

  #tell(cut: Cut): void {
    try {
      this.#handler?.onCut?.(cut);
    } catch (error) {
      this.#settings.onError(asError(error));
    }
    this.close("policy-violation", cut.message);
  }

  /** A PING or PONG of so many bytes has arrived. */
  onControlFrame(bytes: number): void {
    if (this.#state === "open") this.#handler?.onControlFrame?.(bytes);
  }

  /** Closes the connection as {@link Connection.close} promises. `failure` is what `onClose` gets. */
  close(status: CloseStatus = "normal", message = "", failure?: Error): void {
    if (this.beginClosing(failure)) this.#hooks.end(status, message);
  }

  /**
   * Begins to close without the hook `end`: for a transport that sends a close of its own, or whose library has sent it.
   *
   * @returns `false` when the connection was not open any more; then nothing happens.
   */
  beginClosing(failure?: Error): boolean {
    if (this.#state !== "open") return false;
    this.#failure ??= failure;
    this.#leaveOpen();
    this.#cancelTimeout = this.#settings.clock.schedule(this.#settings.closeTimeout, () => this.#onTimeout());
    return true;
  }

  /** Breaks the connection at once, without a word to the peer: it reads too slowly, or is gone. */
  cutOff(failure: Error): void {
    if (this.#state === "closed") return;
    this.#failure ??= failure;
    if (this.#state === "open") this.#leaveOpen();
    this.#hooks.destroy();
  }

  /** Remembers a failure that the end of the connection will follow, unless an earlier one is known. */
  noteFailure(failure: Error): void {
    this.#failure ??= failure;
  }

  /** The connection has ended in order. A `complaint` of the peer counts only if the peer was first to close. */
  onEnd(complaint?: PeerClosedError): void {
    this.#close(this.#state === "open" ? complaint : undefined);
  }

  /** The connection has ended without a close from the peer. */
  onLost(): void {
    if (this.#state === "closed") return;
    if (this.#timedOut) this.#settings.onLimit("close-timeout");
    const { closeTimeout } = this.#settings;
    const reason = this.#timedOut
      ? `the peer did not answer the close within ${closeTimeout} ms`
      : "the connection was lost";
    this.#close(new Error(reason));
  }

  #closeOnBug(thrown: unknown): void {
    // Noted even if the handler had closed the connection before it threw.
    this.noteFailure(asError(thrown));
    this.close("internal-error");
  }

  #onTimeout(): void {
    this.#timedOut = true;
    this.#hooks.destroy();
  }

  #leaveOpen(): void {
    this.#state = "closing";
    this.#hooks.stop();
  }

  #close(error: Error | undefined): void {
    if (this.#state === "closed") return;
    if (this.#state === "open") this.#leaveOpen();
    this.#state = "closed";
    this.#cancelTimeout?.();
    this.#hooks.release();
    try {
      this.#handler?.onClose(this.#failure ?? error);
    } catch (thrown) {
      this.#settings.onError(asError(thrown));
    }
  }
}
