import type { EventEmitter } from "node:events";
import type { WebSocket } from "ws";

/** What bounds the messages that `ws` takes, in bytes. Asked with each frame. */
interface Bounded {
  _maxPayload: number;
}

/** What `ws` holds of messages that have not arrived completely. Its types do not have it. */
interface Receiver extends EventEmitter, Bounded {
  /** Bytes, and pieces, of the frame that is arriving. */
  readonly _bufferedBytes: number;
  readonly _buffers: readonly unknown[];
  /** Length of the message that is arriving, as far as its frames say. */
  readonly _totalPayloadLength: number;
  /** Bytes, and number, of the message's complete fragments, after decompression. */
  readonly _messageLength: number;
  readonly _fragments: readonly unknown[];
  readonly _extensions: Readonly<Record<string, Bounded>>;
}

/** The receiving side of a WebSocket, as far as a connection looks into it. */
export class WebSocketReceiver {
  readonly #receiver: Receiver;

  constructor(webSocket: WebSocket) {
    const { _receiver: receiver } = webSocket as WebSocket & { readonly _receiver?: Receiver | null };
    if (receiver === undefined || receiver === null) throw new Error("a WebSocket without a receiver");
    this.#receiver = receiver;
  }

  /** Lets `max` decide how long a message may be, in bytes, before and after decompression. */
  boundBy(max: () => number): void {
    for (const bounded of [this.#receiver, ...Object.values(this.#receiver._extensions)])
      Object.defineProperty(bounded, "_maxPayload", { get: max });
  }

  /** Length of the message that is arriving, as far as it is known. */
  get messageBytes(): number {
    return Math.max(this.#receiver._totalPayloadLength, this.#receiver._messageLength);
  }

  /** Bytes that are held of a message that has not arrived completely. */
  get heldBytes(): number {
    return this.#receiver._bufferedBytes + this.#receiver._messageLength;
  }

  /** Number of buffers that they are in. */
  get heldPieces(): number {
    return this.#receiver._buffers.length + this.#receiver._fragments.length;
  }

  /** Calls `listener` before `ws` answers an error with a close frame that has no reason. */
  onError(listener: (error: Error & { readonly code?: string }) => void): void {
    this.#receiver.prependListener("error", listener);
  }
}
