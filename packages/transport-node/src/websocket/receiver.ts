import type { Writable } from "node:stream";
import type { WebSocket } from "ws";

/** What bounds the messages that `ws` takes, in bytes. Read with each frame. */
interface Bounded {
  _maxPayload: number;
}

/** What `ws` holds of messages that have not arrived completely. Its types do not have it. */
interface Receiver extends Writable, Bounded {
  /** 0 before the first byte of a frame. */
  readonly _state: number;
  /** The opcode of the message whose fragments are arriving; 0 if there are none. */
  readonly _fragmented: number;
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

  /**
   * Bounds the messages that begin from here on, in bytes, before and after decompression. The fields of `ws` are overwritten:
   * a getter in their place would turn each receiver into a dictionary, which takes 1.4 KiB more.
   */
  bound(maxBytes: number): void {
    if (this.#receiver._maxPayload === maxBytes) return;
    this.#receiver._maxPayload = maxBytes;
    for (const extension of Object.values(this.#receiver._extensions)) extension._maxPayload = maxBytes;
  }

  /** Whether it takes more data: the peer has neither closed nor broken the protocol. */
  get writable(): boolean {
    return this.#receiver.writable;
  }

  /** Whether it holds nothing: no part of a frame, and no fragment of a message. */
  get idle(): boolean {
    const { _state, _bufferedBytes, _fragmented, writableLength } = this.#receiver;
    return _state === 0 && _bufferedBytes === 0 && _fragmented === 0 && writableLength === 0;
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
